/** A value as indented JSON. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Writes a value to stdout as indented JSON. */
export function printJson(value: unknown): void {
  process.stdout.write(jsonText(value));
}

/** Rows in columns that are as wide as their widest cell. */
export function alignedText(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  return [header, ...rows]
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** Writes rows to stdout in columns that are as wide as their widest cell. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  process.stdout.write(alignedText(header, rows));
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
  const onTerminal = process.stderr.isTTY;
  const clear = onTerminal ? '\r\x1b[K' : '';
  let shown = -1;
  return {
    progress(done, total) {
      const megabytes = Math.floor(done / 1e6);
      if (!onTerminal || (megabytes === shown && done !== total)) return;
      shown = megabytes;
      const all = total === undefined ? '' : ` of ${Math.ceil(total / 1e6)}`;
      process.stderr.write(done === total ? clear : `${clear}${name}: ${megabytes}${all} MB`);
    },
    note: (message) => process.stderr.write(`${clear}${message}\n`),
  };
}
