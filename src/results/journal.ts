import {
  appendFileSync,
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { diskError, writeWhole } from '../util/atomic.ts';
import { UserError } from '../util/errors.ts';
import { csvLine } from './csv.ts';
import { failureColumns, files } from './schema.ts';
import { parseTrials, type TrialFormat, trialText } from './trials.ts';

/** Names of the files of a run that goes on. */
const journalFiles = { trials: 'trials.journal.csv', failures: 'failures.journal.csv' };

/** A cell that failed in a trial. */
export interface Failure {
  readonly trial: number;
  readonly cell: number;
  readonly reason: string;
}

/**
 * The trials of a run on disk. While the run goes on they stand in `trials.journal.csv`, in the order in which they ended,
 * each written by one call; `trials.csv` appears when all are there, in the order of their numbers.
 */
export interface Journal {
  /** Values of the trials on disk, by trial. */
  readonly trials: ReadonlyMap<number, Float64Array>;
  append(trial: number, values: Float64Array, failures: readonly Omit<Failure, 'trial'>[]): void;
  /** Turns the journal into `trials.csv` (and `failures.csv` where a cell failed). */
  finish(): readonly Failure[];
}

/**
 * Opens the journal of a folder, going on from what an earlier run left there. Only reads: the folder changes with the
 * first `append`, or with `finish`.
 * @param wanted trials that the run is to have; others on disk are an error
 * @throws UserError when the folder holds trials of another plan, damaged ones, or more trials than are wanted
 */
export function openJournal(folder: string, format: TrialFormat, wanted: ReadonlySet<number>): Journal {
  const journalFile = path.join(folder, journalFiles.trials);
  const failuresFile = path.join(folder, journalFiles.failures);
  const finalFile = path.join(folder, files.trials);
  const finalFailures = path.join(folder, files.failures);

  // a finished run is gone on with as a journal; trials.csv is back when it is complete again
  const source = [journalFile, finalFile].find((file) => existsSync(file));
  const content = source === undefined ? undefined : attempt(source, () => readFileSync(source));
  const parsed = content && parseTrials(format, content, source!);
  if (content && !parsed && content.length > Buffer.byteLength(format.header) + 1) {
    throw new UserError(`${folder} holds trials of another experiment; choose another folder with --out`);
  }
  const trials = parsed?.trials ?? new Map<number, Float64Array>();
  for (const trial of trials.keys()) {
    if (!wanted.has(trial)) {
      throw new UserError(`${folder} already holds trial ${trial}, which this run does not have; choose another --out`);
    }
  }
  const failuresSource = source === finalFile && existsSync(finalFailures) ? finalFailures : failuresFile;
  const failures = readFailures(failuresSource, format).filter(({ trial }) => trials.has(trial));

  let handle: number | undefined;
  let ascending = isAscending([...trials.keys()]);
  let last = [...trials.keys()].at(-1) ?? -1;
  return {
    trials,
    append(trial, values, failed) {
      handle ??= startWriting();
      const writing = handle;
      const entries = failed.map((failure) => ({ trial, ...failure }));
      attempt(journalFile, () => {
        // the failures first: a trial in the journal has all its failures on disk
        if (entries.length > 0) {
          appendFileSync(failuresFile, entries.map((entry) => failureLine(format, entry)).join(''));
        }
        appendFileSync(writing, trialText(format, trial, values));
      });
      failures.push(...entries);
      trials.set(trial, values);
      ascending &&= trial > last;
      last = trial;
    },
    finish() {
      const writing = handle ?? startWriting();
      attempt(journalFile, () => closeSync(writing));
      if (!ascending) {
        const sorted = [...trials.keys()].sort((a, b) => a - b);
        const blocks = sorted.map((trial) => trialText(format, trial, trials.get(trial)!));
        writeWhole(journalFile, `${format.header}\n${blocks.join('')}`);
      }
      failures.sort((a, b) => a.trial - b.trial || a.cell - b.cell);
      if (failures.length > 0) {
        const lines = failures.map((failure) => failureLine(format, failure));
        writeWhole(finalFailures, `${csvLine(failureColumns)}\n${lines.join('')}`);
      } else {
        rmSync(finalFailures, { force: true });
      }
      attempt(finalFile, () => renameSync(journalFile, finalFile));
      rmSync(failuresFile, { force: true });
      return failures;
    },
  };

  /** Turns what is there into a journal to append to. */
  function startWriting(): number {
    if (source) attempt(source, () => truncate(source, parsed?.wholeBytes ?? 0));
    if (failuresSource === finalFailures) attempt(failuresFile, () => renameSync(finalFailures, failuresFile));
    if (source === finalFile) attempt(journalFile, () => renameSync(finalFile, journalFile));
    if (trials.size === 0) attempt(journalFile, () => writeWhole(journalFile, `${format.header}\n`));
    if (existsSync(failuresFile))
      writeWhole(failuresFile, failures.map((failure) => failureLine(format, failure)).join(''));
    return attempt(journalFile, () => openSync(journalFile, 'a'));
  }
}

function attempt<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof UserError ? error : diskError(file, error);
  }
}

/** Whether a folder holds trials, of a run that is finished or not. */
export function hasTrials(folder: string): boolean {
  return [files.trials, journalFiles.trials].some((name) => existsSync(path.join(folder, name)));
}

/**
 * The trials of a finished stage.
 * @throws UserError when its `trials.csv` is missing or damaged, or is of another plan
 */
export function readTrials(
  folder: string,
  format: TrialFormat,
): { trials: ReadonlyMap<number, Float64Array>; failures: readonly Failure[] } {
  const file = path.join(folder, files.trials);
  if (!existsSync(file)) throw new UserError(`${file}: no such file; the run is not finished`);
  const parsed = parseTrials(format, readFileSync(file), file);
  if (!parsed) throw new UserError(`${file} is of another experiment than its manifest.json`);
  return { trials: parsed.trials, failures: readFailures(path.join(folder, files.failures), format) };
}

/** @returns one line; line ends inside the reason become spaces */
function failureLine(format: TrialFormat, { trial, cell, reason }: Failure): string {
  return `${format.prefixes[cell]},${csvLine([String(trial), reason.replace(/\s*[\r\n]+\s*/g, ' ')])}\n`;
}

function readFailures(file: string, format: TrialFormat): Failure[] {
  if (!existsSync(file)) return [];
  const header = csvLine(failureColumns);
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1) // what follows the last line end was cut off, or is nothing
    .flatMap((line, place) => {
      if (line === header) return [];
      const cell = format.prefixes.findIndex((prefix) => line.startsWith(`${prefix},`));
      const [trial, reason] = cell < 0 ? [] : csvFields(line.slice(format.prefixes[cell]!.length + 1));
      if (!/^\d+$/.test(trial ?? '') || reason === undefined)
        throw new UserError(`${file}:${place + 1}: no failure of this run; remove its folder and run again`);
      return [{ trial: Number(trial), cell, reason }];
    });
}

/** The fields of one line; none when it is malformed. */
function csvFields(line: string): string[] {
  try {
    return (parse(line)[0] ?? []) as string[];
  } catch {
    return [];
  }
}

function truncate(file: string, length: number): void {
  const handle = openSync(file, 'r+');
  ftruncateSync(handle, length);
  closeSync(handle);
}

function isAscending(numbers: readonly number[]): boolean {
  return numbers.every((number, i) => i === 0 || number > numbers[i - 1]!);
}
