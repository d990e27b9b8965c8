import { type Goal, judge, lossOf, type Measured, type Verdict } from '../results/judge.ts';

/** What was measured of a candidate with so many workers. */
export interface Measurement extends Measured {
  readonly name: string;
  readonly N: number;
  /** Whether some worker gets a query as it is. */
  readonly seesQuery: boolean;
  /** Seconds that the master takes for a batch, encoding and decoding together. */
  readonly master: number;
}

export type Judged = Measurement & Verdict;

/**
 * Of some measurements, at least one, the one that comes nearest to a goal: with the smallest share of trials that could not be decoded,
 * as the mean leaves those out, and of these with the best mean; the first of those whose errors are rounding.
 */
function nearestOf<T extends Measurement>(some: readonly T[], goal: Goal): T {
  const lost = ({ trials, without, failed }: T) => failed / (trials + without + failed);
  return some.reduce((best, one) => {
    const more = lost(one) - lost(best);
    return more < 0 || (more === 0 && lossOf(one, goal) < lossOf(best, goal)) ? one : best;
  });
}

/** What comes nearest where nothing serves; where queries have to stay private, among what keeps them so if anything does. */
export function nearest(rows: readonly Judged[], goal: Goal, isPrivate: boolean): Judged | undefined {
  const keeping = rows.filter(({ seesQuery }) => !(isPrivate && seesQuery));
  const pool = keeping.length > 0 ? keeping : rows;
  return pool.length > 0 ? nearestOf(pool, goal) : undefined;
}

/** The answer: the candidates in the order in which they are advised. */
export interface Advice {
  /** For each candidate the fewest workers that serve, else the fewest that reach the goal for sure, else the best that was tried. */
  readonly rows: readonly Judged[];
  /** The advised one; absent where nothing serves. */
  readonly best?: Judged;
  /** The same scheme with the next fewer workers that were tried, which do not serve. */
  readonly below?: Judged;
}

/** Whether this can be advised: it reaches the goal for sure, and keeps queries to itself where that is asked for. */
export function serves({ reaches, seesQuery }: Judged, isPrivate: boolean): boolean {
  return reaches === 'yes' && !(isPrivate && seesQuery);
}

/**
 * Fewest workers first; of equally many the candidate that comes first in the list, which is the simplest one.
 * @param measured every candidate at every N, the candidates in the order of the list
 * @param isPrivate whether no worker may get a query as it is
 */
export function choose(measured: readonly Measurement[], goal: Goal, isPrivate = false): Advice {
  const judged = measured.map((one) => judge(one, goal));
  const names = [...new Set(judged.map(({ name }) => name))];
  const rows = names.map((name) => {
    const own = judged.filter((one) => one.name === name).sort((a, b) => a.N - b.N);
    const sure = own.find((row) => serves(row, isPrivate)) ?? own.find(({ reaches }) => reaches === 'yes');
    return sure ?? nearestOf(own, goal);
  });
  const rank = (row: Judged) => (serves(row, isPrivate) ? row.N : Number.POSITIVE_INFINITY);
  const sorted = rows
    .map((row, place) => ({ row, place }))
    .sort((a, b) => (rank(a.row) === rank(b.row) ? a.place - b.place : rank(a.row) - rank(b.row)))
    .map(({ row }) => row);
  const [best] = sorted;
  if (!best || !serves(best, isPrivate)) return { rows: sorted };
  const below = judged.filter(({ name, N }) => name === best.name && N < best.N).sort((a, b) => b.N - a.N)[0];
  return { rows: sorted, best, ...(below && { below }) };
}
