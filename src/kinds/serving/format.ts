import { type LoadMetricName, loadMetrics } from '../../metrics/load.ts';
import { cellText, csvLine } from '../../results/csv.ts';
import { keyColumns } from '../../results/schema.ts';
import type { Lines } from '../../runs/lines.ts';
import type { UnitFormat } from '../../runs/stage.ts';
import { UserError } from '../../util/errors.ts';
import type { ServingUnit } from './cells.ts';

/** Levels at which the distribution of latency is kept, for its complementary distribution. */
export const levels = [
  0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999,
] as const;

/** Shared metrics that a load point has. */
export const qualityNames = ['accuracy', 'base_accuracy', 'relacc', 'agreement'] as const;
export type UnitMetric = (typeof qualityNames)[number] | LoadMetricName;

/** What a unit has a number for, in the order of its columns. */
export const unitMetrics: readonly UnitMetric[] = [...qualityNames, ...loadMetrics.map(({ name }) => name)];

/** What a unit has besides on a real clock: seconds of overhead (`LiveRun.overheads`), and the share of tasks that got no answer. */
export const liveColumns = ['overhead_p50_s', 'overhead_p99_s', 'failed'] as const;

/** The numbers of a unit: its metrics, the quantiles of latency at `levels`, then `liveColumns` on a real clock; NaN where undefined. */
export type UnitValues = Float64Array;

/** Where `liveColumns` begin. */
export const firstLive = unitMetrics.length + levels.length;

/** `trials.csv`: a line a unit. @param prefixes key columns of each cell as CSV text. @param live whether the clock is real */
export function unitFormat(
  prefixes: readonly string[],
  units: readonly ServingUnit[],
  live: boolean,
): UnitFormat<UnitValues> {
  const columns = [...unitMetrics, ...levels.map((level) => `q${level}_s`), ...(live ? liveColumns : [])];
  const byId = new Map(units.map((unit) => [unit.id, unit]));
  const byPlace = new Map(units.map(({ id, cell, trial }) => [`${cell}/${trial}`, id]));
  const cells = new Map(prefixes.map((prefix, cell) => [prefix, cell]));
  return {
    file: 'trials.csv',
    header: csvLine([...keyColumns, 'trial', ...columns]),
    keys: prefixes,
    trialOf: (unit) => byId.get(unit)!.trial,
    unitOf: (cell, trial) => byPlace.get(`${cell}/${trial}`) ?? `${cell}/${trial}`,
    text(unit, values) {
      const { cell, trial } = byId.get(unit)!;
      return `${prefixes[cell]},${trial},${Array.from(values, cellText).join(',')}\n`;
    },
    read: (lines) => readUnit(lines, columns.length, cells, byPlace),
  };
}

function readUnit(
  lines: Lines,
  columns: number,
  cells: ReadonlyMap<string, number>,
  byPlace: ReadonlyMap<string, string>,
) {
  const fields = lines.take()!.split(',');
  const [trial, ...numbers] = fields.slice(-columns - 1);
  const cell = cells.get(fields.slice(0, -columns - 1).join(','));
  if (cell === undefined) return undefined;
  const unit = byPlace.get(`${cell}/${trial}`);
  if (!/^(0|[1-9]\d*)$/.test(trial!) || numbers.some((text) => text.trim() !== text || Number.isNaN(Number(text))))
    throw new UserError(
      `${lines.place}: is no trial of a load point; the file was edited or damaged: remove its folder and run again`,
    );
  const result = Float64Array.from(numbers, (text) => (text === '' ? Number.NaN : Number(text)));
  return { unit: unit ?? `${cell}/${trial}`, result };
}
