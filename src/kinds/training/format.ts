import { cellText, csvLine } from '../../results/csv.ts';
import { iterationColumns } from '../../results/schema.ts';
import type { Lines } from '../../runs/lines.ts';
import type { UnitFormat } from '../../runs/stage.ts';
import { UserError } from '../../util/errors.ts';
import { type TrainingCell, unitId } from './cells.ts';
import type { Activity } from './cluster.ts';
import { type Iteration, iterationStatuses } from './train.ts';

/** The iterations of one training that ended, the first encoding (iteration 0) included. */
export type TrainingRows = readonly Iteration[];

/** In the order of their columns. */
const activities: readonly Activity[] = ['compute', 'wait', 'verify', 'decode', 'recode'];

/**
 * `iterations.csv`: a training is one block of lines, one an iteration. A training that stopped has fewer.
 * @param prefixes key columns of each cell as CSV text
 */
export function iterationFormat(
  cells: readonly TrainingCell[],
  prefixes: readonly string[],
  units: ReadonlyMap<string, { readonly cell: number; readonly trial: number }>,
): UnitFormat<TrainingRows> {
  return {
    file: 'iterations.csv',
    header: csvLine([...iterationColumns, 'status', 'awaited', 'exact']),
    keys: prefixes,
    trialOf: (unit) => units.get(unit)!.trial,
    unitOf: (cell, trial) => unitId(cells[cell]!, trial),
    text(unit, iterations) {
      const { cell, trial } = units.get(unit)!;
      const { clock } = cells[cell]!;
      return iterations.map((row) => `${prefixes[cell]},${trial},${iterationText(row, clock)}\n`).join('');
    },
    failed(unit, reason) {
      const { cell } = units.get(unit)!;
      return { result: [notStarted(cells[cell]!)], failures: [{ cell, reason }] };
    },
    read: (lines) => readTraining(lines, cells, prefixes),
  };
}

/** The start of a training of which nothing is known. */
function notStarted({ K }: TrainingCell): Iteration {
  const unknown = Number.NaN;
  return {
    iteration: 0,
    accuracy: unknown,
    loss: unknown,
    ledger: { compute: unknown, wait: unknown, verify: unknown, decode: unknown, recode: unknown },
    K,
    excluded: [],
    status: 'decoding-failed',
    awaited: 0,
    exact: false,
  };
}

function iterationText(row: Iteration, clock: string): string {
  const { iteration, accuracy, loss, ledger, K, excluded, status, awaited, exact } = row;
  const numbers = [accuracy, loss, ...activities.map((activity) => ledger[activity])].map(cellText);
  return [iteration, clock, ...numbers, K, excluded.join(' '), status, awaited, exact ? 1 : 0].join(',');
}

function readTraining(lines: Lines, cells: readonly TrainingCell[], prefixes: readonly string[]) {
  const first = lines.peek();
  const cell = prefixes.findIndex((prefix) => first?.startsWith(`${prefix},`));
  if (first === undefined || cell < 0) return undefined;
  const trial = first.slice(prefixes[cell]!.length + 1).split(',')[0]!;
  const own = `${prefixes[cell]},${trial},`;
  const iterations: Iteration[] = [];
  for (let line = lines.peek(); line?.startsWith(own); line = lines.peek()) {
    lines.take();
    const row = parseIteration(line.slice(own.length).split(','));
    if (!/^(0|[1-9]\d*)$/.test(trial) || row?.iteration !== iterations.length)
      throw new UserError(
        `${lines.place}: is no iteration ${iterations.length} of a training; the file was edited or damaged: remove its folder and run again`,
      );
    iterations.push(row);
  }
  return { unit: unitId(cells[cell]!, Number(trial)), result: iterations };
}

/** The columns after the trial. @returns undefined for what no run writes */
function parseIteration(fields: readonly string[]): Iteration | undefined {
  const [iteration, , accuracy, loss, compute, wait, verify, decode, recode, K, excluded = '', state, awaited, exact] =
    fields;
  const status = iterationStatuses.find((name) => name === state);
  const counts = [iteration, K, awaited, ...(excluded === '' ? [] : excluded.split(' '))];
  const values = [accuracy, loss, compute, wait, verify, decode, recode];
  if (fields.length !== 14 || !status || !/^[01]$/.test(exact!)) return undefined;
  if (!counts.every((text) => /^\d+$/.test(text!)) || !values.every((text) => text === '' || isNumber(text!)))
    return undefined;
  return {
    iteration: Number(iteration),
    accuracy: number(accuracy!),
    loss: number(loss!),
    ledger: {
      compute: number(compute!),
      wait: number(wait!),
      verify: number(verify!),
      decode: number(decode!),
      recode: number(recode!),
    },
    K: Number(K),
    excluded: counts.slice(3).map(Number),
    status,
    awaited: Number(awaited),
    exact: exact === '1',
  };
}

function isNumber(text: string): boolean {
  return text.trim() !== '' && !Number.isNaN(Number(text));
}

/** As `cellText` writes it. */
function number(text: string): number {
  return text === '' ? Number.NaN : Number(text);
}
