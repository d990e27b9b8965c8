import { closeSync, existsSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { csvLine } from '../results/csv.ts';
import { digestOfContent, type FileDigests } from '../results/manifest.ts';
import { failureColumns, files } from '../results/schema.ts';
import { diskError, writeWhole, writeWholeText } from '../util/atomic.ts';
import { UserError } from '../util/errors.ts';
import { readRegularFile, reasonOf, sha256 } from '../util/files.ts';
import { machineFailure } from '../util/machine-failure.ts';
import { failureLine, failureText, parseFailure, readFailures } from './failure-lines.ts';
import { Lines } from './lines.ts';
import type { Failure, UnitFormat, UnitOutcome, UnitResults } from './stage.ts';

/**
 * The units of a stage on disk. While the stage goes on they stand in `<file>.journal.csv`, in the order in which they ended:
 * the lines of a unit, a line `!` for each failed cell and `@` for each file, and a line `#` with the unit's id and the
 * digest of all that. Each unit is written by one call, so what a kill leaves is whole units and a rest to drop; a unit that
 * does not fit its digest was damaged, and is never taken for a result.
 */
export interface Journal<Result> {
  /** What is on disk, by unit. */
  readonly outcomes: ReadonlyMap<string, UnitOutcome<Result>>;
  append(unit: string, outcome: UnitOutcome<Result>): void;
  /**
   * Writes the finished file, and `failures.csv` where a cell failed; the journal stays.
   * @param finished units of the finished file, in its order; default: all
   * @returns these units, and the digests of the files
   */
  finish(finished?: readonly string[]): { readonly results: UnitResults<Result>; readonly digests: FileDigests };
  /** Removes the journal: to be called when the manifest holds the digests of the finished files. */
  settle(): void;
}

/** Where a stage's files are, and what the manifest says of them. */
export interface JournalPlace {
  readonly folder: string;
  /** Digests by name of file in `folder`; undefined where no manifest says any. */
  readonly known: FileDigests | undefined;
}

/**
 * Opens the journal of a stage, going on from what an earlier run left. Only reads: the folder changes with the first
 * `append`, or with `finish`. Where a journal is, it alone counts; otherwise the finished file does.
 * @param units ids in the order of the finished file; others on disk are an error
 * @throws UserError when the folder holds units of another experiment, damaged ones, or more than `units`
 */
export function openJournal<Result>(
  { folder, known }: JournalPlace,
  format: UnitFormat<Result>,
  units: readonly string[],
): Journal<Result> {
  const journalFile = path.join(folder, journalName(format.file));
  const finalFile = path.join(folder, format.file);
  const finalFailures = path.join(folder, files.failures);
  const header = `${format.header}\n`;
  const outcomes = new Map<string, UnitOutcome<Result>>();
  const wanted = new Set(units);
  let wholeBytes = 0;
  if (existsSync(journalFile)) wholeBytes = readJournal();
  else if (existsSync(finalFile)) for (const [unit, outcome] of readFinished(folder, format, known)) add(unit, outcome);
  for (const unit of outcomes.keys())
    if (!wanted.has(unit))
      throw new UserError(
        `${folder} already holds ${unitText(unit)}, which this run does not have; choose another --out`,
      );

  let handle: number | undefined;
  return {
    outcomes,
    append(unit, outcome) {
      for (const [name, bytes] of Object.entries(outcome.files ?? {})) writeWhole(path.join(folder, name), bytes);
      const text = blockText(unit, outcome);
      attempt(journalFile, () => {
        handle ??= startWriting();
        writeFully(handle, text);
      });
      outcomes.set(unit, kept(format, outcome));
    },
    finish(finished = units) {
      if (handle !== undefined) attempt(journalFile, () => closeSync(handle!));
      handle = undefined;
      const results = new Map(finished.map((unit) => [unit, outcomes.get(unit)!]));
      const digests: Record<string, string> = { [format.file]: writeWholeText(finalFile, rowsOf(results)) };
      const failures = [...results].flatMap(([unit, outcome]) =>
        outcome.failures.map((failure) => failureLine(format, unit, failure)),
      );
      if (failures.length > 0)
        digests[files.failures] = writeWholeText(finalFailures, [`${csvLine(failureColumns)}\n`, ...failures]);
      else rmSync(finalFailures, { force: true });
      for (const { files: unitFiles = {} } of results.values())
        for (const [name, bytes] of Object.entries(unitFiles)) digests[name] = digestOfContent(name, bytes);
      return { results, digests };
    },
    settle() {
      rmSync(journalFile, { force: true });
    },
  };

  function* blocks(): Generator<string> {
    yield header;
    for (const [unit, outcome] of outcomes) yield blockText(unit, outcome);
  }

  function* rowsOf(results: UnitResults<Result>): Generator<string> {
    yield header;
    for (const [unit, { result }] of results) yield format.text(unit, result);
  }

  function add(unit: string, outcome: UnitOutcome<Result>): void {
    if (outcomes.has(unit)) throw damaged(folder, format.file, `has ${unitText(unit)} twice`);
    outcomes.set(unit, kept(format, outcome));
  }

  /** @returns the bytes of the header and the whole units */
  function readJournal(): number {
    const lines = new Lines(
      attempt(journalFile, () => bytesOf(journalFile)),
      journalFile,
    );
    if (lines.take() !== format.header) {
      if (lines.offset === 0) return 0; // killed while the header was written
      throw new UserError(`${folder} holds units of another experiment; choose another folder with --out`);
    }
    let end = lines.offset;
    let block: string[] = [];
    for (let line = lines.take(); line !== undefined; line = lines.take()) {
      if (!line.startsWith('#')) {
        block.push(line);
        continue;
      }
      const body = block.map((text) => `${text}\n`).join('');
      const [, unit, digest] = /^#(\S+) ([0-9a-f]{16})$/.exec(line) ?? [];
      if (!unit || blockDigest(unit, body) !== digest) throw damaged(folder, lines.place, 'does not match its digest');
      const outcome = parseBlock(unit, block);
      if (!outcome)
        throw new UserError(`${folder} holds units of another experiment; choose another folder with --out`);
      if (outcome !== 'files are gone') add(unit, outcome);
      block = [];
      end = lines.offset;
    }
    return end;
  }

  function parseBlock(unit: string, block: readonly string[]): UnitOutcome<Result> | 'files are gone' | undefined {
    const rows = block.filter((line) => !/^[!@]/.test(line));
    const lines = new Lines(Buffer.from(rows.map((line) => `${line}\n`).join('')), journalFile);
    const read = format.read(lines);
    if (!read || read.unit !== unit || lines.peek() !== undefined) return undefined;
    const failures = block.filter((line) => line.startsWith('!')).map((line) => parseFailure(line.slice(1)));
    const unitFiles: [string, Uint8Array][] = [];
    for (const line of block.filter((text) => text.startsWith('@'))) {
      const [digest = '', name = ''] = line.slice(1).split(/ (.*)/);
      const bytes = existsSync(path.join(folder, name)) ? bytesOf(path.join(folder, name)) : undefined;
      if (!bytes || digestOfContent(name, bytes) !== digest) return 'files are gone';
      unitFiles.push([name, bytes]);
    }
    return { result: read.result, failures, ...(unitFiles.length > 0 && { files: Object.fromEntries(unitFiles) }) };
  }

  function blockText(unit: string, { result, failures, files: unitFiles = {} }: UnitOutcome<Result>): string {
    const body = [
      format.text(unit, result),
      ...failures.map((failure) => `!${failureText(failure)}\n`),
      ...Object.entries(unitFiles).map(([name, bytes]) => `@${digestOfContent(name, bytes)} ${name}\n`),
    ].join('');
    return `${body}#${unit} ${blockDigest(unit, body)}\n`;
  }

  /** Turns what is there into a journal to append to. */
  function startWriting(): number {
    if (wholeBytes > 0) {
      const file = openSync(journalFile, 'r+');
      ftruncateSync(file, wholeBytes);
      closeSync(file);
    } else {
      writeWholeText(journalFile, blocks());
    }
    return openSync(journalFile, 'a');
  }
}

/** What later steps read of an outcome: of a million of them each field counts. */
function kept<Result>(format: UnitFormat<Result>, outcome: UnitOutcome<Result>): UnitOutcome<Result> {
  const { result, failures, files: unitFiles } = outcome;
  return {
    result: format.keep?.(result) ?? result,
    failures: failures.length === 0 ? noFailures : failures,
    ...(unitFiles && { files: unitFiles }),
  };
}

const noFailures: readonly Failure[] = [];

/**
 * The units of a finished stage.
 * @throws UserError when its file is missing, cut off, damaged or of another experiment
 */
export function readFinished<Result>(
  folder: string,
  format: UnitFormat<Result>,
  known: FileDigests | undefined,
): Map<string, UnitOutcome<Result>> {
  const file = path.join(folder, format.file);
  if (!existsSync(file)) throw new UserError(`${file}: no such file; the run is not finished`);
  for (const name of [format.file, files.failures]) checkKnown(folder, name, known);
  const lines = new Lines(
    attempt(file, () => bytesOf(file)),
    file,
  );
  if (lines.take() !== format.header)
    throw new UserError(`${folder} holds units of another experiment; choose another folder with --out`);
  const failureFile = path.join(folder, files.failures);
  const failures = existsSync(failureFile)
    ? readFailures(new Lines(bytesOf(failureFile), failureFile), format)
    : new Map<string, Failure[]>();
  const outcomes = new Map<string, UnitOutcome<Result>>();
  while (lines.peek() !== undefined) {
    const read = format.read(lines);
    if (!read) throw new UserError(`${folder} holds units of another experiment; choose another folder with --out`);
    if (outcomes.has(read.unit)) throw damaged(folder, lines.place, `has ${unitText(read.unit)} twice`);
    const unitFiles = (format.files?.(read.result) ?? []).map((name) => [name, unitFile(folder, name, known)] as const);
    outcomes.set(read.unit, {
      result: read.result,
      failures: failures.get(read.unit) ?? noFailures,
      ...(unitFiles.length > 0 && { files: Object.fromEntries(unitFiles) }),
    });
  }
  if (lines.isCut) throw damaged(folder, file, 'is cut off');
  return outcomes;
}

/** Whether a folder holds units of a stage with this finished file, whether it is finished or not. */
export function holdsUnits(folder: string, file: string): boolean {
  return [file, journalName(file)].some((name) => existsSync(path.join(folder, name)));
}

/** How many whole units the journal of a file holds, whatever they are of; 0 where there is none. */
export function journalUnits(file: string): number {
  const journalFile = journalName(file);
  if (!existsSync(journalFile)) return 0;
  const lines = new Lines(bytesOf(journalFile), journalFile);
  let units = 0;
  for (let line = lines.take(); line !== undefined; line = lines.take()) if (line.startsWith('#')) units++;
  return units;
}

/** `trials.journal.csv` for `trials.csv`. */
export function journalName(file: string): string {
  return file.replace(/\.csv$/, '.journal.csv');
}

function checkKnown(folder: string, name: string, known: FileDigests | undefined): void {
  const file = path.join(folder, name);
  const expected = known?.[name];
  if (!known || (expected === undefined && !existsSync(file))) return;
  const actual = existsSync(file) ? digestOfContent(name, bytesOf(file)) : undefined;
  if (actual !== expected)
    throw damaged(folder, file, `is not what the run wrote (${files.manifest} has another SHA-256)`);
}

/** A file that a finished unit yielded, as it was written. */
function unitFile(folder: string, name: string, known: FileDigests | undefined): Uint8Array {
  const file = path.join(folder, name);
  if (!existsSync(file)) throw damaged(folder, file, 'is gone');
  checkKnown(folder, name, known);
  return bytesOf(file);
}

/** The bytes of a file of the folder. */
function bytesOf(file: string): Buffer {
  try {
    return readRegularFile(file);
  } catch (error) {
    const fault = `${file}: cannot be read`;
    throw machineFailure(error, fault) ?? new UserError(`${fault}: ${reasonOf(error)}; remove it and run again`);
  }
}

function damaged(folder: string, place: string, what: string): UserError {
  return new UserError(`${place}: ${what}; it was edited or damaged: remove ${folder} and run again`);
}

function unitText(unit: string): string {
  return /^\d+$/.test(unit) ? `trial ${unit}` : `unit ${unit}`;
}

function blockDigest(unit: string, body: string): string {
  return sha256(`${unit}\n${body}`).slice(0, 16);
}

/** A write may take only a part. */
function writeFully(handle: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) done += writeSync(handle, bytes, done);
}

function attempt<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof UserError ? error : diskError(file, error);
  }
}
