import type { Plan } from '../../coded/plan.ts';
import type { MetricName } from '../../metrics/table.ts';
import { cellText, csvLine } from '../../results/csv.ts';
import { keyColumns, trialColumns } from '../../results/schema.ts';
import type { CellTrials } from '../../results/summaries.ts';
import type { Lines } from '../../runs/lines.ts';
import type { UnitFormat, UnitResults } from '../../runs/stage.ts';
import { Columns } from '../../util/columns.ts';
import { UserError } from '../../util/errors.ts';

/** The values of a trial [cells, 1 + metrics] row-major: survivors, then the metrics; NaN where undefined. */
export type TrialValues = Float64Array;

/** What the key columns say besides the plan. */
export interface Names {
  readonly experiment: string;
  readonly model: string;
  readonly dataset: string;
}

/** What the files of a stage look like. */
export interface Layout {
  readonly plan: Plan;
  readonly metricNames: readonly MetricName[];
  /** Key columns of each cell, as text. */
  readonly keys: readonly (readonly string[])[];
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
    read: (lines) => readTrial(lines, prefixes, columns),
  };
}

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

/** What `conclude` does with the trials of a stage by cell and metric. They are there until it returns. */
export function withCellTrials<T>(
  { plan, keys, metricNames }: Layout,
  results: UnitResults<TrialValues>,
  conclude: (cells: CellTrials[]) => T,
): T {
  const columns = 1 + metricNames.length;
  const table = new Columns(plan.cells.length * columns, results.size);
  try {
    for (const { result } of results.values()) table.add(result);
    return conclude(
      plan.cells.map((cell) => ({
        key: keys[cell.index]!,
        condition: cell.condition,
        label: cell.entry.label,
        values: {
          get(name) {
            const metric = metricNames.indexOf(name as MetricName);
            return metric < 0 ? undefined : table.column(cell.index * columns + 1 + metric);
          },
        },
      })),
    );
  } finally {
    table.close();
  }
}
