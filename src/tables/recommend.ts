import { type MetricName, metrics } from '../metrics/table.ts';
import type { MetricStatistics, SummaryRow } from '../results/read.ts';
import type { CellKey, KeyColumn } from '../results/schema.ts';
import { UserError } from '../util/errors.ts';
import { groupBy } from '../util/group.ts';

/** What a deployment wants: `relacc` of at least 0.99, `mse` of at most 5. */
export interface Target {
  readonly metric: MetricName;
  readonly value: number;
}

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

/** The answer for one scheme under one condition. */
interface Recommendation {
  readonly scheme: string;
  /** The fewest workers of the sweep whose mean reaches the target; absent when none does. */
  readonly workers?: number;
  /** The metric there; absent as `workers`. */
  readonly reached?: MetricStatistics;
  /** Whether the mean still reaches the target when two standard errors are taken off. */
  readonly certain: boolean;
  /** Most workers of the sweep: what was tried when nothing reached the target. */
  readonly tried: number;
}

/** Schemes compared under one condition, the one with the fewest workers first, those that miss the target last. */
export interface ConditionRecommendations {
  /** A key of the condition, without its scheme, N, λ, order and options. */
  readonly condition: Omit<CellKey, OwnColumn>;
  readonly recommendations: readonly Recommendation[];
}

/** Key columns that belong to a scheme, not to the condition it is compared under. */
const ownColumns = ['scheme', 'N', 'lambda_enc', 'lambda_dec', 'order', 'options'] as const satisfies KeyColumn[];
type OwnColumn = (typeof ownColumns)[number];

/**
 * The fewest workers per scheme that reach a target, from a run that sweeps N.
 * @param rows of `summary.csv`; conditions in which no scheme was tried at two N are left out
 * @returns conditions in the order of the rows
 * @throws RangeError for a metric of which neither high nor low is good
 */
export function recommend(rows: readonly SummaryRow[], target: Target): ConditionRecommendations[] {
  const sign = { higher: 1, lower: -1, none: 0 }[metrics.get(target.metric).better];
  if (sign === 0) throw new RangeError(`${target.metric} has no better direction`);
  const reaches = (value: number) => sign * value >= sign * target.value;
  return [...groupBy(rows, conditionText).values()].flatMap((condition) => {
    const schemes = groupBy(condition, (row) => row.key.scheme);
    const swept = [...schemes.values()].some((cells) => new Set(cells.map((row) => row.key.N)).size > 1);
    if (!swept) return [];
    const recommendations = [...schemes].map(([scheme, cells]): Recommendation => {
      const tried = Math.max(...cells.map((row) => row.key.N ?? 0));
      const good = cells
        .flatMap(({ key, metrics }) => {
          const reached = metrics.get(target.metric);
          return reached && reaches(reached.mean) ? [{ workers: key.N ?? 0, reached }] : [];
        })
        .sort((a, b) => a.workers - b.workers || sign * (b.reached.mean - a.reached.mean));
      const [first] = good;
      if (!first) return { scheme, certain: false, tried };
      return { scheme, ...first, certain: reaches(first.reached.mean - sign * 2 * first.reached.sem), tried };
    });
    recommendations.sort(
      (a, b) => (a.workers ?? Number.POSITIVE_INFINITY) - (b.workers ?? Number.POSITIVE_INFINITY) || 0,
    );
    return [{ condition: conditionOf(condition[0]!.key), recommendations }];
  });
}

function conditionOf(key: CellKey): Omit<CellKey, OwnColumn> {
  const own = new Set<string>(ownColumns);
  return Object.fromEntries(Object.entries(key).filter(([column]) => !own.has(column))) as Omit<CellKey, OwnColumn>;
}

function conditionText(row: SummaryRow): string {
  return JSON.stringify(Object.values(conditionOf(row.key)).map((value) => value ?? ''));
}
