import { EnvironmentError } from '../util/errors.ts';
import { systemReason } from '../util/machine-failure.ts';
import { longestLine, printable, visible } from '../util/text.ts';

/** Writes a result to stdout. What a run, a file or a server named cannot steer the terminal. */
export function print(text: string): void {
  process.stdout.write(visible(text));
}

/** Writes one line for people to stderr. */
export function say(line: string): void {
  process.stderr.write(`${isTerminal() ? clearLine : ''}${printable(line.trim(), longestLine)}\n`);
}

const clearLine = '\r\x1b[K';

/** Whether stderr is a terminal on which a line can be written again. */
export function isTerminal(): boolean {
  return process.stderr.isTTY === true && process.env.TERM !== 'dumb';
}

let watched = false;
let failure: NodeJS.ErrnoException | undefined;

/**
 * From now on no error of stdout or stderr ends the program. A reader that has read enough (EPIPE) is none: the command goes
 * on and ends as if all had been read.
 */
export function watchOutput(): void {
  if (watched) return;
  watched = true;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') failure ??= error;
  });
  process.stderr.on('error', () => {}); // there is nowhere left to say so
}

/** @throws EnvironmentError when a result could not be written to stdout */
export async function outputWritten(): Promise<void> {
  await new Promise(setImmediate); // errors of the last write are reported after it
  if (!failure) return;
  const reason = systemReason(failure) ?? failure.code ?? failure.message;
  throw new EnvironmentError(`the result cannot be written to standard output: ${reason}`, { cause: failure });
}

/** A value as indented JSON. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Writes a value to stdout as indented JSON. */
export function printJson(value: unknown): void {
  print(jsonText(value));
}

/** Rows in columns that are as wide as their widest cell. */
export function alignedText(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows].map((row) => row.map((cell) => printable(cell, Number.POSITIVE_INFINITY)));
  const widths = header.map((title, column) => Math.max(title.length, ...lines.map((row) => row[column]!.length)));
  return lines
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** Writes rows to stdout in columns that are as wide as their widest cell. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  print(alignedText(header, rows));
}

/** Says on stderr when `$APPROXIFER_DATA` is no folder: nothing in it is found then. */
export async function warnOfDataFolder(): Promise<void> {
  const { dataFolderFault } = await import('../util/folders.ts');
  const wrong = dataFolderFault();
  if (wrong) process.stderr.write(`warning: ${wrong.fault}; ${wrong.cure}\n`);
}

/** Shows a download on stderr: how far it is on a terminal only, notes always. */
export function downloadReport(name: string): {
  progress: (done: number, total: number | undefined) => void;
  note: (message: string) => void;
} {
  const onTerminal = isTerminal();
  let shown = -1;
  return {
    progress(done, total) {
      const megabytes = Math.floor(done / 1e6);
      if (!onTerminal || (megabytes === shown && done !== total)) return;
      shown = megabytes;
      const all = total === undefined ? '' : ` of ${Math.ceil(total / 1e6)}`;
      process.stderr.write(done === total ? clearLine : `${clearLine}${visible(name)}: ${megabytes}${all} MB`);
    },
    note: say,
  };
}
