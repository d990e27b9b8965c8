import { existsSync } from 'node:fs';
import path from 'node:path';
import { digestOfPieces, type FileDigests } from '../results/manifest.ts';
import { files } from '../results/schema.ts';
import { UserError } from '../util/errors.ts';
import { FileBytes } from '../util/file-bytes.ts';
import { readRegularFile, reasonOf } from '../util/files.ts';
import { machineFailure } from '../util/machine-failure.ts';
import { readFailures } from './failure-lines.ts';
import { Lines } from './lines.ts';
import type { Failure, UnitFormat, UnitOutcome } from './stage.ts';
import { placesOf, type StoredUnit, StoredUnits } from './stored-units.ts';

/** The file of a finished stage, and what the files of units have in common. */

/**
 * The units of a finished stage.
 * @param units ids in the order of the stage
 * @param foreign the error where there is another one
 * @throws UserError when its file is missing, cut off, damaged or of another experiment
 */
export function readFinished<Result>(
  folder: string,
  format: UnitFormat<Result>,
  known: FileDigests | undefined,
  units: readonly string[],
  foreign: (unit: string) => UserError,
): StoredUnits<Result> {
  const file = path.join(folder, format.file);
  if (!existsSync(file)) throw new UserError(`${file}: no such file; the run is not finished`);
  for (const name of [format.file, files.failures]) checkKnown(folder, name, known);
  const lines = new Lines(new FileBytes(file), file);
  if (lines.take() !== format.header) throw otherExperiment(folder);
  const failureFile = path.join(folder, files.failures);
  const failures = existsSync(failureFile)
    ? readFailures(new Lines(new FileBytes(failureFile), failureFile), format)
    : new Map<string, Failure[]>();
  const places = placesOf(units);
  const found = new StoredUnits(new FileBytes(file), places, finishedUnit(folder, format, failures, known));
  let stranger: string | undefined;
  while (lines.peek() !== undefined) {
    const start = lines.offset;
    const unit = format.read(lines)?.unit;
    if (unit === undefined) throw otherExperiment(folder);
    if (found.has(unit)) throw damaged(folder, lines.place, `has ${unitText(unit)} twice`);
    if (places.has(unit)) found.add(unit, start, lines.offset);
    else stranger ??= unit;
  }
  if (lines.isCut) throw damaged(folder, file, 'is cut off');
  if (stranger !== undefined) throw foreign(stranger);
  return found;
}

/** How a unit is read from its rows in a finished file. */
export function finishedUnit<Result>(
  folder: string,
  format: UnitFormat<Result>,
  failures: ReadonlyMap<string, readonly Failure[]>,
  known: FileDigests | undefined,
): (unit: string, rows: string) => StoredUnit<Result> {
  return (unit, rows) => {
    const read = format.read(new Lines(Buffer.from(rows), path.join(folder, format.file)));
    if (read?.unit !== unit) throw damaged(folder, format.file, `no longer holds ${unitText(unit)}`);
    const unitFiles = (format.files?.(read.result) ?? []).map((name) => [name, unitFile(folder, name, known)] as const);
    return { rows, outcome: outcomeOf(read.result, failures.get(unit), unitFiles) };
  };
}

function checkKnown(folder: string, name: string, known: FileDigests | undefined): void {
  const file = path.join(folder, name);
  const expected = known?.[name];
  if (!known || (expected === undefined && !existsSync(file))) return;
  const actual = existsSync(file) ? digestOfPieces(name, new FileBytes(file)) : undefined;
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
export function bytesOf(file: string): Buffer {
  try {
    return readRegularFile(file);
  } catch (error) {
    const fault = `${file}: cannot be read`;
    throw machineFailure(error, fault) ?? new UserError(`${fault}: ${reasonOf(error)}; remove it and run again`);
  }
}

export function otherExperiment(folder: string): UserError {
  return new UserError(`${folder} holds units of another experiment; choose another folder with --out`);
}

export function damaged(folder: string, place: string, what: string): UserError {
  return new UserError(`${place}: ${what}; it was edited or damaged: remove ${folder} and run again`);
}

export function unitText(unit: string): string {
  return /^\d+$/.test(unit) ? `trial ${unit}` : `unit ${unit}`;
}

export function outcomeOf<Result>(
  result: Result,
  failures: readonly Failure[] = [],
  unitFiles: readonly (readonly [string, Uint8Array])[],
): UnitOutcome<Result> {
  return { result, failures, ...(unitFiles.length > 0 && { files: Object.fromEntries(unitFiles) }) };
}
