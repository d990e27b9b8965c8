import { metrics } from '../metrics/table.ts';
import {
  copiesAreExact,
  evidenceOf,
  type Goal,
  judge,
  lossOf,
  type Measured,
  trialsText,
  type Verdict,
} from '../results/judge.ts';
import type { SummaryRow } from '../results/read.ts';
import type { CellKey, KeyColumn } from '../results/schema.ts';
import { UserError } from '../util/errors.ts';
import { groupBy } from '../util/group.ts';
import { intervalText } from './cells.ts';

/** What a deployment wants. */
export type Target = Goal;

/**
 * Reads `relacc=0.99` or `mse=5`.
 * @throws UserError for anything else, a metric of which neither high nor low is good, or a value that it cannot have
 */
export function parseTarget(text: string): Target {
  const [name = '', number = ''] = text.split('=');
  const value = number.trim() === '' ? Number.NaN : Number(number);
  const metric = metrics.find(name);
  if (!metric || metric.better === 'none' || !Number.isFinite(value)) {
    const names = metrics.entries.filter(({ better }) => better !== 'none').map((known) => known.name);
    throw new UserError(`--target ${text}: expected metric=number, such as relacc=0.99; metrics: ${names.join(', ')}`);
  }
  const most = metric.unit === 'share' ? 1 : Number.POSITIVE_INFINITY;
  if (value < 0 || value > most)
    throw new UserError(`--target ${text}: ${metric.name} is ${most === 1 ? 'between 0 and 1' : 'at least 0'}`);
  return { metric: metric.name, value };
}

/** What a scheme with so many workers came to. */
interface Reached extends Measured, Verdict {
  readonly workers: number;
}

/** The answer for one scheme under one condition. */
interface Recommendation {
  readonly scheme: string;
  /** At the fewest workers of the sweep that reach the target for sure, else at the fewest whose mean does; absent where none does. */
  readonly reached?: Reached;
  /** Most workers of the sweep: what was tried when nothing reached the target. */
  readonly tried: number;
}

/** Schemes compared under one condition: the surest first, of these the one with the fewest workers, those that miss the target last. */
export interface ConditionRecommendations {
  /** A key of the condition, without its scheme, N, λ, order and options. */
  readonly condition: Omit<CellKey, OwnColumn>;
  readonly recommendations: readonly Recommendation[];
}

/** Key columns that belong to a scheme, not to the condition it is compared under. */
const ownColumns = ['scheme', 'N', 'lambda_enc', 'lambda_dec', 'order', 'options'] as const satisfies KeyColumn[];
type OwnColumn = (typeof ownColumns)[number];

/**
 * The fewest workers per scheme that reach a target, from a run that sweeps N; what that takes is as `advise` has it.
 * @param rows of `summary.csv`; conditions in which no scheme was tried at two N are left out, and those without a value of the metric
 * @returns conditions in the order of the rows
 * @throws RangeError for a metric of which neither high nor low is good
 */
export function recommend(rows: readonly SummaryRow[], target: Target): ConditionRecommendations[] {
  const sign = { higher: 1, lower: -1, none: 0 }[metrics.get(target.metric).better];
  if (sign === 0) throw new RangeError(`${target.metric} has no better direction`);
  return [...groupBy(rows, conditionText).values()].flatMap((condition) => {
    const schemes = groupBy(condition, (row) => row.key.scheme);
    const swept = [...schemes.values()].some((cells) => new Set(cells.map((row) => row.key.N)).size > 1);
    if (!swept || !condition.some((row) => Number.isFinite(row.metrics.get(target.metric)?.mean))) return [];
    const recommendations = [...schemes].map(([scheme, cells]): Recommendation => {
      const tried = Math.max(...cells.map((row) => row.key.N ?? 0));
      const good = cells
        .map((row) => reachedBy(row, target))
        .filter(({ mean }) => sign * mean >= sign * target.value)
        .sort((a, b) => rank(a) - rank(b) || a.workers - b.workers || sign * (b.mean - a.mean));
      return { scheme, ...(good[0] && { reached: good[0] }), tried };
    });
    const workers = ({ reached }: Recommendation) => reached?.workers ?? 0;
    recommendations.sort((a, b) => rank(a.reached) - rank(b.reached) || workers(a) - workers(b));
    return [{ condition: conditionOf(condition[0]!.key), recommendations }];
  });
}

/** What is sure before what is not, and that before nothing. */
function rank(reached: Reached | undefined): number {
  if (!reached) return 2;
  return reached.reaches === 'yes' ? 0 : 1;
}

function reachedBy(row: SummaryRow, target: Target): Reached {
  const { key, trials, undecoded } = row;
  const found = {
    ...evidenceOf(row, target.metric),
    workers: key.N ?? 0,
    failed: undecoded?.count ?? 0,
    // a summary does not say how large answers are, nor in which trials somebody was late
    rounding: 0,
    faulty: trials,
    isCertain: false,
  };
  return judge({ ...found, isCertain: isCopies(key) && lossOf(found, target) === 0 }, target);
}

/** Whether a row is of copies that so many faults cannot spoil. A scheme of one's own may have that name: what it lost tells. */
function isCopies({ scheme, K, N, S, E }: CellKey): boolean {
  // a law of stragglers has no S: all workers may be late
  if (scheme !== 'Replication' || K === undefined || N === undefined || S === undefined) return false;
  return copiesAreExact({ K, S, E: E ?? 0 }, N);
}

/** Of a scheme that reaches the target: its workers, the metric with its interval, whether that is sure, and the trials that say so. */
export function reachedTexts(reached: Reached, { metric }: Target): string[] {
  return [
    String(reached.workers),
    intervalText(reached),
    reached.reaches,
    trialsText(reached, metrics.get(metric).label),
  ];
}

function conditionOf(key: CellKey): Omit<CellKey, OwnColumn> {
  const own = new Set<string>(ownColumns);
  return Object.fromEntries(Object.entries(key).filter(([column]) => !own.has(column))) as Omit<CellKey, OwnColumn>;
}

function conditionText(row: SummaryRow): string {
  return JSON.stringify(Object.values(conditionOf(row.key)).map((value) => value ?? ''));
}
