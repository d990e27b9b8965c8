import type { Plan } from '../../coded/plan.ts';
import type { MetricName } from '../../metrics/table.ts';
import { cellText, csvLine } from '../../results/csv.ts';
import { keyColumns, trialColumns } from '../../results/schema.ts';
import type { CellTrials } from '../../results/summaries.ts';
import type { Lines } from '../../runs/lines.ts';
import type { UnitFormat, UnitResults } from '../../runs/stage.ts';
import { UserError } from '../../util/errors.ts';

/** The values of a trial [cells, 1 + metrics] row-major: survivors, then the metrics; NaN where undefined. */
export type TrialValues = Float64Array;

/** What the key columns say besides the plan. */
export interface Names {
  readonly experiment: string;
  readonly model: string;
  readonly dataset: string;
}

/** Key columns of each cell, as text, in the order of `keyColumns`. */
export function cellKeys(plan: Plan, names: Names): string[][] {
  return plan.cells.map((cell) => {
    const fields: Record<string, string> = { ...names, ...cell.key };
    return keyColumns.map((column) => fields[column]!);
  });
}

/** `trials.csv`: a trial is one block of lines, one a cell, always in the order of the plan. */
export function trialFormat(
  keys: readonly (readonly string[])[],
  metricNames: readonly MetricName[],
): UnitFormat<TrialValues> {
  // quoted once: only numbers differ between the trials
  const prefixes = keys.map((key) => csvLine(key));
  const columns = 1 + metricNames.length;
  return {
    file: 'trials.csv',
    header: csvLine(trialColumns(metricNames)),
    keys: prefixes,
    trialOf: Number,
    unitOf: (_, trial) => String(trial),
    text(trial, values) {
      let text = '';
      let place = 0;
      for (const prefix of prefixes) {
        text += `${prefix},${trial}`;
        for (let column = 0; column < columns; column++) text += `,${cellText(values[place++]!)}`;
        text += '\n';
      }
      return text;
    },
    failed: (_, reason) => ({
      result: new Float64Array(prefixes.length * columns).fill(Number.NaN),
      failures: prefixes.map((_prefix, cell) => ({ cell, reason })),
    }),
    keep: packer(prefixes.length * columns),
    read: (lines) => readTrial(lines, prefixes, columns),
  };
}

/** Copies arrays of `length` numbers into few large ones: a buffer of its own costs each four times what it holds. */
function packer(length: number): (values: TrialValues) => TrialValues {
  let block = new Float64Array(0);
  return (values) => {
    if (block.length < length) block = new Float64Array(length * Math.max(1, Math.floor(packedNumbers / length)));
    const packed = block.subarray(0, length);
    block = block.subarray(length);
    packed.set(values);
    return packed;
  };
}

const packedNumbers = 1 << 16;

function readTrial(lines: Lines, prefixes: readonly string[], columns: number) {
  const values = new Float64Array(prefixes.length * columns);
  let trial: string | undefined;
  let place = 0;
  const refuse = (what: string): never => {
    throw new UserError(`${lines.place}: ${what}; the file was edited or damaged: remove its folder and run again`);
  };
  for (const prefix of prefixes) {
    const line = lines.take();
    if (line === undefined) return refuse(`trial ${trial} is cut off`);
    if (!line.startsWith(`${prefix},`)) return undefined;
    const [number = '', ...fields] = line.slice(prefix.length + 1).split(',');
    if (fields.length !== columns) refuse(`${fields.length} metrics, expected ${columns}`);
    if (!/^(0|[1-9]\d*)$/.test(number)) refuse(`trial is "${number}", expected a whole number`);
    if (trial !== undefined && number !== trial) refuse(`trial ${number} among the cells of trial ${trial}`);
    trial = number;
    for (const field of fields) {
      const value = field === '' ? Number.NaN : Number(field);
      if (field !== '' && (Number.isNaN(value) || field.trim() === '')) refuse(`"${field}" is not a number`);
      values[place++] = value;
    }
  }
  return { unit: trial ?? '', result: values };
}

/** The trials of a complete stage by cell and metric. */
export function cellTrials(
  plan: Plan,
  keys: readonly (readonly string[])[],
  metricNames: readonly MetricName[],
  results: UnitResults<TrialValues>,
): CellTrials[] {
  const columns = 1 + metricNames.length;
  const trials = [...results.values()];
  return plan.cells.map((cell) => ({
    key: keys[cell.index]!,
    condition: cell.condition,
    label: cell.entry.label,
    values: new Map(
      metricNames.map((name, metric) => [
        name,
        Float64Array.from(trials, ({ result }) => result[cell.index * columns + 1 + metric]!),
      ]),
    ),
  }));
}
