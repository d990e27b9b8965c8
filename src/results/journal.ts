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
 * Opens the journal of a folder, going on from what an earlier run left there.
 * @param wanted trials that the run is to have; others on disk are an error
 * @throws UserError when the folder holds trials of another plan, or more trials than are wanted
 */
export function openJournal(folder: string, format: TrialFormat, wanted: ReadonlySet<number>): Journal {
  const journalFile = path.join(folder, 'trials.journal.csv');
  const failuresFile = path.join(folder, 'failures.journal.csv');
  const finalFile = path.join(folder, files.trials);
  const attempt = <T>(file: string, action: () => T): T => {
    try {
      return action();
    } catch (error) {
      throw error instanceof UserError ? error : diskError(file, error);
    }
  };

  // a finished run is gone on with as a journal; trials.csv is back when it is complete again
  const source = [journalFile, finalFile].find((file) => existsSync(file));
  let trials = new Map<number, Float64Array>();
  if (source) {
    const content = attempt(source, () => readFileSync(source));
    const parsed = parseTrials(format, content);
    if (!parsed && content.length > Buffer.byteLength(format.header) + 1) {
      throw new UserError(`${folder} holds trials of another experiment; choose another folder with --out`);
    }
    trials = parsed?.trials ?? trials;
    for (const trial of trials.keys()) {
      if (!wanted.has(trial)) {
        throw new UserError(
          `${folder} already holds trial ${trial}, which this run does not have; choose another --out`,
        );
      }
    }
    attempt(source, () => truncate(source, parsed?.wholeBytes ?? 0));
    if (source === finalFile) {
      const finalFailures = path.join(folder, files.failures);
      if (existsSync(finalFailures)) attempt(failuresFile, () => renameSync(finalFailures, failuresFile));
      attempt(journalFile, () => renameSync(finalFile, journalFile));
    }
  }
  if (trials.size === 0) attempt(journalFile, () => writeWhole(journalFile, `${format.header}\n`));
  const failures = readFailures(failuresFile, format).filter(({ trial }) => trials.has(trial));
  if (existsSync(failuresFile))
    writeWhole(failuresFile, failures.map((failure) => failureLine(format, failure)).join(''));

  const writing = attempt(journalFile, () => openSync(journalFile, 'a'));
  let ascending = isAscending([...trials.keys()]);
  let last = [...trials.keys()].at(-1) ?? -1;
  return {
    trials,
    append(trial, values, failed) {
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
      attempt(journalFile, () => closeSync(writing));
      if (!ascending) {
        const sorted = [...trials.keys()].sort((a, b) => a - b);
        const blocks = sorted.map((trial) => trialText(format, trial, trials.get(trial)!));
        writeWhole(journalFile, `${format.header}\n${blocks.join('')}`);
      }
      failures.sort((a, b) => a.trial - b.trial || a.cell - b.cell);
      if (failures.length > 0) {
        const lines = failures.map((failure) => failureLine(format, failure));
        writeWhole(path.join(folder, files.failures), `${csvLine(failureColumns)}\n${lines.join('')}`);
      } else {
        rmSync(path.join(folder, files.failures), { force: true });
      }
      attempt(finalFile, () => renameSync(journalFile, finalFile));
      rmSync(failuresFile, { force: true });
      return failures;
    },
  };
}

/**
 * The trials of a finished stage.
 * @throws UserError when its `trials.csv` is missing, or is of another plan
 */
export function readTrials(
  folder: string,
  format: TrialFormat,
): { trials: ReadonlyMap<number, Float64Array>; failures: readonly Failure[] } {
  const file = path.join(folder, files.trials);
  if (!existsSync(file)) throw new UserError(`${file}: no such file; the run is not finished`);
  const parsed = parseTrials(format, readFileSync(file));
  if (!parsed) throw new UserError(`${file} is of another experiment than its manifest.json`);
  return { trials: parsed.trials, failures: readFailures(path.join(folder, files.failures), format) };
}

/** @returns one line; line ends inside the reason become spaces */
function failureLine(format: TrialFormat, { trial, cell, reason }: Failure): string {
  return `${format.prefixes[cell]},${csvLine([String(trial), reason.replace(/\s*[\r\n]+\s*/g, ' ')])}\n`;
}

function readFailures(file: string, format: TrialFormat): Failure[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1) // what follows the last line end was cut off, or is nothing
    .flatMap((line) => {
      const cell = format.prefixes.findIndex((prefix) => line.startsWith(`${prefix},`));
      if (cell < 0) return []; // the header
      const [trial, reason] = parse(line.slice(format.prefixes[cell]!.length + 1))[0] as [string, string];
      return [{ trial: Number(trial), cell, reason }];
    });
}

function truncate(file: string, length: number): void {
  const handle = openSync(file, 'r+');
  ftruncateSync(handle, length);
  closeSync(handle);
}

function isAscending(numbers: readonly number[]): boolean {
  return numbers.every((number, i) => i === 0 || number > numbers[i - 1]!);
}
