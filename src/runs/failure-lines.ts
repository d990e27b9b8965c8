import { parse } from 'csv-parse/sync';
import { csvLine } from '../results/csv.ts';
import { UserError } from '../util/errors.ts';
import { printable } from '../util/text.ts';
import type { Lines } from './lines.ts';
import type { Failure, UnitFormat } from './stage.ts';

/** A line of `failures.csv`, with its end. */
export function failureLine<Result>(format: UnitFormat<Result>, unit: string, { cell, reason }: Failure): string {
  return `${format.keys[cell]},${csvLine([String(format.trialOf(unit)), oneLine(reason)])}\n`;
}

/** Most characters of a reason: a program of the user's may say anything, and of every trial. */
const longestReason = 500;

/** A reason as files have it. What was read from one stays as it is. */
function oneLine(text: string): string {
  const line = printable(text.replace(/\s*[\r\n]+\s*/g, ' '), Number.POSITIVE_INFINITY);
  return printable(line, longestReason);
}

/** A failure as the journal of its unit holds it; `parseFailure` reads it. */
export function failureText({ cell, reason }: Failure): string {
  return csvLine([String(cell), oneLine(reason)]);
}

export function parseFailure(line: string): Failure {
  const [cell, reason = ''] = csvFields(line);
  return { cell: Number(cell), reason };
}

/**
 * The failures of a finished stage, by unit.
 * @param lines those of its `failures.csv`
 * @throws UserError for lines that no run writes
 */
export function readFailures<Result>(lines: Lines, format: UnitFormat<Result>): Map<string, Failure[]> {
  const found = new Map<string, Failure[]>();
  lines.take(); // the header
  const cells = format.keys.map((key, cell) => ({ prefix: `${key},`, cell }));
  for (let line = lines.take(); line !== undefined; line = lines.take()) {
    const owner = cells.find(({ prefix }) => line!.startsWith(prefix));
    const [trial, reason] = owner ? csvFields(line.slice(owner.prefix.length)) : [];
    if (!owner || !/^\d+$/.test(trial ?? '') || reason === undefined)
      throw new UserError(`${lines.place}: no failure of this run; remove its folder and run again`);
    const unit = format.unitOf(owner.cell, Number(trial));
    const own = found.get(unit);
    if (own) own.push({ cell: owner.cell, reason });
    else found.set(unit, [{ cell: owner.cell, reason }]);
  }
  return found;
}

/** The fields of one line; none when it is malformed. */
function csvFields(line: string): string[] {
  try {
    return (parse(line)[0] ?? []) as string[];
  } catch {
    return [];
  }
}
