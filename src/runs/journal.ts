import { closeSync, existsSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { csvLine } from '../results/csv.ts';
import { digestOfContent, type FileDigests } from '../results/manifest.ts';
import { failureColumns, files } from '../results/schema.ts';
import { diskError, writeWhole, writeWholeText } from '../util/atomic.ts';
import { UserError } from '../util/errors.ts';
import { FileBytes } from '../util/file-bytes.ts';
import { sha256 } from '../util/files.ts';
import { groupBy } from '../util/group.ts';
import { failureLine, failureText, parseFailure } from './failure-lines.ts';
import { bytesOf, damaged, finishedUnit, otherExperiment, outcomeOf, readFinished, unitText } from './finished.ts';
import { Lines } from './lines.ts';
import type { Failure, UnitFormat, UnitOutcome, UnitResults } from './stage.ts';
import { placesOf, type StoredUnit, StoredUnits } from './stored-units.ts';

/**
 * The units of a stage on disk. While the stage goes on they stand in `<file>.journal.csv`, in the order in which they ended:
 * the lines of a unit, a line `!` for each failed cell and `@` for each file, and a line `#` with the unit's id and the
 * digest of all that. Each unit is written by one call, so what a kill leaves is whole units and a rest to drop; a unit that
 * does not fit its digest was damaged, and is never taken for a result.
 */
export interface Journal<Result> {
  /** What is on disk, by unit. */
  readonly outcomes: StoredUnits<Result>;
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
  const places = placesOf(units);
  const journalBytes = new FileBytes(journalFile);
  const inJournal = () => new StoredUnits<Result>(journalBytes, places, readBlock);
  let outcomes = inJournal();
  /** Bytes of the journal that count: its header and whole units. */
  let end = 0;
  const foreign = (unit: string) =>
    new UserError(`${folder} already holds ${unitText(unit)}, which this run does not have; choose another --out`);
  if (existsSync(journalFile)) readJournal();
  else if (existsSync(finalFile)) outcomes = readFinished(folder, format, known, units, foreign);

  let handle: number | undefined;
  return {
    get outcomes() {
      return outcomes;
    },
    append(unit, outcome) {
      for (const [name, bytes] of Object.entries(outcome.files ?? {})) writeWhole(path.join(folder, name), bytes);
      const text = Buffer.from(blockText(unit, format.text(unit, outcome.result), outcome));
      attempt(journalFile, () => {
        handle ??= startWriting();
        writeFully(handle, text);
      });
      outcomes.add(unit, end, end + text.length);
      end += text.length;
    },
    finish(finished = units) {
      if (handle !== undefined) attempt(journalFile, () => closeSync(handle!));
      handle = undefined;
      const failures = new Map<string, readonly Failure[]>();
      const results = new StoredUnits(
        new FileBytes(finalFile),
        finished.length === units.length ? places : placesOf(finished),
        finishedUnit(folder, format, failures, undefined),
      );
      const unitFiles: Record<string, string> = {};
      const digests: Record<string, string> = {};
      digests[format.file] = writeWholeText(finalFile, rowsOf(finished, results, failures, unitFiles));
      if (failures.size > 0) digests[files.failures] = writeWholeText(finalFailures, failureLines(failures));
      else rmSync(finalFailures, { force: true });
      return { results, digests: { ...digests, ...unitFiles } };
    },
    settle() {
      rmSync(journalFile, { force: true });
    },
  };

  /** The finished file. Notes where each of its units stands, what failed, and the digests of files. */
  function* rowsOf(
    finished: readonly string[],
    results: StoredUnits<Result>,
    failures: Map<string, readonly Failure[]>,
    digests: Record<string, string>,
  ): Generator<string> {
    yield header;
    let start = Buffer.byteLength(header);
    for (const unit of finished) {
      const { rows, outcome } = outcomes.read(unit)!;
      const next = start + Buffer.byteLength(rows);
      results.add(unit, start, next);
      if (outcome.failures.length > 0) failures.set(unit, outcome.failures);
      for (const [name, bytes] of Object.entries(outcome.files ?? {})) digests[name] = digestOfContent(name, bytes);
      start = next;
      yield rows;
    }
  }

  function* failureLines(failures: ReadonlyMap<string, readonly Failure[]>): Generator<string> {
    yield `${csvLine(failureColumns)}\n`;
    for (const [unit, own] of failures) for (const failure of own) yield failureLine(format, unit, failure);
  }

  function readJournal(): void {
    const lines = new Lines(new FileBytes(journalFile), journalFile);
    if (lines.take() !== format.header) {
      if (lines.offset === 0) return; // killed while the header was written
      throw otherExperiment(folder);
    }
    end = lines.offset;
    let stranger: string | undefined;
    let block: string[] = [];
    for (let line = lines.take(); line !== undefined; line = lines.take()) {
      block.push(line);
      if (!line.startsWith('#')) continue;
      const unit = unitOfBlock(block);
      if (unit === undefined) throw damaged(folder, lines.place, 'does not match its digest');
      const isWhole = parseBlock(unit, block) !== undefined;
      if (outcomes.has(unit)) throw damaged(folder, format.file, `has ${unitText(unit)} twice`);
      if (!places.has(unit)) stranger ??= unit;
      else if (isWhole) outcomes.add(unit, end, lines.offset);
      block = [];
      end = lines.offset;
    }
    if (stranger !== undefined) throw foreign(stranger);
  }

  function readBlock(unit: string, text: string): StoredUnit<Result> {
    const block = text.slice(0, -1).split('\n');
    const stored = unitOfBlock(block) === unit ? parseBlock(unit, block) : undefined;
    if (!stored) throw damaged(folder, journalFile, `no longer holds ${unitText(unit)}`);
    return stored;
  }

  /**
   * @returns undefined when files of the unit are gone
   * @throws UserError when it is of another experiment
   */
  function parseBlock(unit: string, block: readonly string[]): StoredUnit<Result> | undefined {
    const parts = groupBy(block.slice(0, -1), ([first]) => (first === '!' || first === '@' ? first : 'rows'));
    const rows = (parts.get('rows') ?? []).map((line) => `${line}\n`).join('');
    const lines = new Lines(Buffer.from(rows), journalFile);
    const read = format.read(lines);
    if (!read || read.unit !== unit || lines.peek() !== undefined) throw otherExperiment(folder);
    const unitFiles: [string, Uint8Array][] = [];
    for (const line of parts.get('@') ?? []) {
      const [digest = '', name = ''] = line.slice(1).split(/ (.*)/);
      const bytes = existsSync(path.join(folder, name)) ? bytesOf(path.join(folder, name)) : undefined;
      if (!bytes || digestOfContent(name, bytes) !== digest) return undefined;
      unitFiles.push([name, bytes]);
    }
    const failures = parts.get('!')?.map((line) => parseFailure(line.slice(1)));
    return { rows, outcome: outcomeOf(read.result, failures, unitFiles) };
  }

  /** Turns what is there into a journal to append to. */
  function startWriting(): number {
    if (end > 0) {
      const file = openSync(journalFile, 'r+');
      ftruncateSync(file, end);
      closeSync(file);
      journalBytes.forget(); // what stood there may have been read with the units before it
    } else {
      const moved = inJournal();
      writeWholeText(journalFile, blocksInto(moved));
      outcomes = moved;
    }
    return openSync(journalFile, 'a');
  }

  /** The units that a finished file holds, as a journal. */
  function* blocksInto(journal: StoredUnits<Result>): Generator<string> {
    yield header;
    end = Buffer.byteLength(header);
    for (const unit of outcomes.keys()) {
      const { rows, outcome } = outcomes.read(unit)!;
      const text = blockText(unit, rows, outcome);
      const next = end + Buffer.byteLength(text);
      journal.add(unit, end, next);
      end = next;
      yield text;
    }
  }
}

/** The unit of a block that fits its digest. @param block its lines without their ends */
function unitOfBlock(block: readonly string[]): string | undefined {
  const [, unit, digest] = /^#(\S+) ([0-9a-f]{16})$/.exec(block.at(-1) ?? '') ?? [];
  const body = block.slice(0, -1).map((line) => `${line}\n`);
  return unit !== undefined && blockDigest(unit, body.join('')) === digest ? unit : undefined;
}

function blockText<Result>(
  unit: string,
  rows: string,
  { failures, files: unitFiles = {} }: Pick<UnitOutcome<Result>, 'failures' | 'files'>,
): string {
  const body = [
    rows,
    ...failures.map((failure) => `!${failureText(failure)}\n`),
    ...Object.entries(unitFiles).map(([name, bytes]) => `@${digestOfContent(name, bytes)} ${name}\n`),
  ].join('');
  return `${body}#${unit} ${blockDigest(unit, body)}\n`;
}

/** Whether a folder holds units of a stage with this finished file, whether it is finished or not. */
export function holdsUnits(folder: string, file: string): boolean {
  return [file, journalName(file)].some((name) => existsSync(path.join(folder, name)));
}

/** How many whole units the journal of a file holds, whatever they are of; 0 where there is none. */
export function journalUnits(file: string): number {
  const journalFile = journalName(file);
  if (!existsSync(journalFile)) return 0;
  const lines = new Lines(new FileBytes(journalFile), journalFile);
  let units = 0;
  for (let line = lines.take(); line !== undefined; line = lines.take()) if (line.startsWith('#')) units++;
  return units;
}

/** `trials.journal.csv` for `trials.csv`. */
export function journalName(file: string): string {
  return file.replace(/\.csv$/, '.journal.csv');
}

function blockDigest(unit: string, body: string): string {
  return sha256(`${unit}\n${body}`).slice(0, 16);
}

/** A write may take only a part. */
function writeFully(handle: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(handle, bytes, done);
}

function attempt<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof UserError ? error : diskError(file, error);
  }
}
