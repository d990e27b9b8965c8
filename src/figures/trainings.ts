import type { IterationRow, SummaryRow } from '../results/read.ts';
import type { CellKey, KeyColumn } from '../results/schema.ts';
import { keyText } from '../tables/keys.ts';
import { groupBy } from '../util/group.ts';
import { equations } from './labels.ts';

/** The parts of an iteration's time, in the order they happen. */
export const timeParts = ['compute', 'wait', 'verify', 'decode', 'recode'] as const;

/** Keys that say under which faults and machines a training ran. */
const conditionKeys: readonly KeyColumn[] = ['N', 'S', 'E', 'stragglers', 'attack'];

/** One training: its iterations in order, the first encoding (iteration 0) included. */
export interface Training {
  readonly scheme: string;
  /** `S = 1, E = 2`; the slowdown is not part of it where it is swept. */
  readonly condition: string;
  /** How many times slower a straggler is, in a run that sweeps it. */
  readonly slowdown?: number;
  readonly trial: number;
  /** Whether its weights are others than those without faults: its time is no time of that training. */
  readonly wrong: boolean;
  readonly iterations: readonly IterationRow[];
}

export function duration(row: IterationRow): number {
  return timeParts.reduce((sum, part) => sum + row[part], 0);
}

/** Seconds of all iterations but the first encoding. */
export function trainingTime({ iterations }: Training): number {
  return iterations.slice(1).reduce((sum, row) => sum + duration(row), 0);
}

/** `slowdown(7)` as a number. */
function slowdownOf(stragglers: string): number | undefined {
  const [, factor] = /^slowdown\((\d+(?:\.\d+)?)\)$/.exec(stragglers) ?? [];
  return factor === undefined ? undefined : Number(factor);
}

/** Keys that tell conditions apart, without what others imply: an attack that stands wherever there are liars. */
export function conditionsOf(keys: readonly CellKey[], except: readonly KeyColumn[] = []): KeyColumn[] {
  const varying = conditionKeys.filter(
    (column) => !except.includes(column) && new Set(keys.map((key) => keyText(key, column))).size > 1,
  );
  const count = (columns: readonly KeyColumn[]) =>
    new Set(keys.map((key) => JSON.stringify(columns.map((column) => keyText(key, column))))).size;
  return (['attack', 'stragglers', 'N'] as const).reduce((columns: KeyColumn[], key) => {
    const less = columns.filter((other) => other !== key);
    return count(less) === count(columns) ? less : columns;
  }, varying);
}

/** @param summary cells of the run, which know which trainings ended with the right weights */
export function trainingsOf(rows: readonly IterationRow[], summary: readonly SummaryRow[]): Training[] {
  const factors = new Set(rows.map(({ key }) => slowdownOf(key.stragglers)));
  const sweeps = factors.size > 2 && !factors.has(undefined);
  const varying = conditionsOf(
    rows.map(({ key }) => key),
    sweeps ? ['stragglers'] : [],
  );
  const clocks = new Set(rows.map(({ clock }) => clock)).size > 1;
  const conditionOf = ({ key, clock }: IterationRow) =>
    [...(varying.length > 0 ? [equations(key, varying)] : []), ...(clocks ? [clock] : [])].join(', ');
  const cell = ({ key }: { key: IterationRow['key'] }) =>
    JSON.stringify([key.scheme, key.options, ...conditionKeys.map((column) => keyText(key, column))]);
  const exact = new Map(summary.map((row) => [cell(row), row.metrics.get('exact')?.mean ?? 1]));
  const groups = groupBy(rows, (row) => JSON.stringify([cell(row), row.clock, row.trial]));
  return [...groups.values()].map((iterations) => {
    const first = iterations[0]!;
    const factor = slowdownOf(first.key.stragglers);
    return {
      scheme: first.key.scheme,
      condition: conditionOf(first),
      ...(sweeps && factor !== undefined && { slowdown: factor }),
      trial: first.trial,
      wrong: (exact.get(cell(first)) ?? 1) < 1,
      iterations: [...iterations].sort((a, b) => a.iteration - b.iteration),
    };
  });
}

/** What the figures say they are of. */
export function trainingSubject(trainings: readonly Training[]): string {
  const { key, clock } = trainings[0]!.iterations[0]!;
  return `${key.dataset}, N = ${keyText(key, 'N')}, ${clock} clock`;
}

/** Trials of one scheme under one condition. */
export function trainingCells(trainings: readonly Training[]): Training[][] {
  return [
    ...groupBy(trainings, ({ condition, scheme, slowdown }) => JSON.stringify([condition, scheme, slowdown])).values(),
  ];
}
