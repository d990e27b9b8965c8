import { groupBy } from '../util/group.ts';
import type { CellKey } from './schema.ts';

/** What the cells of a line share: S, E and λ are undefined where they follow N, or do not apply. */
export type LineKey = Omit<CellKey, 'N'>;

/** The cells of one scheme under one condition, each with another N, ascending. */
export interface SweepLine {
  readonly key: LineKey;
  readonly cells: readonly { readonly key: CellKey; readonly N: number }[];
}

/** Key columns that may follow N. */
const following = ['S', 'E', 'lambda_enc', 'lambda_dec'] as const;
type FollowingColumn = (typeof following)[number];

interface Keyed {
  readonly key: CellKey;
}

/**
 * Parts the cells of a sweep in lines along N. Cells on a line share every key but N; S, E and λ may follow N (a λ by a rule does),
 * where no N then comes twice. Where one does, such as with two given λ, those keys part the cells that leave the fewest lines.
 */
export function sweepLines(cells: readonly Keyed[]): SweepLine[] {
  const withN = cells.filter(({ key }) => key.N !== undefined);
  return [...groupBy(withN, sharedOf).values()].flatMap(partsOf).map((part) => ({
    key: keyOf(part),
    cells: part.map(({ key }) => ({ key, N: key.N! })).sort((a, b) => a.N - b.N),
  }));
}

function sharedOf({ key }: Keyed): string {
  return JSON.stringify(Object.entries(key).filter(([column]) => column !== 'N' && !isFollowing(column)));
}

function isFollowing(column: string): column is FollowingColumn {
  return following.some((name) => name === column);
}

function partsOf(group: readonly Keyed[]): Keyed[][] {
  const ways = subsets
    .map((columns) => [...groupBy(group, ({ key }) => JSON.stringify(columns.map((name) => key[name]))).values()])
    .filter((parts) => parts.every((part) => new Set(part.map(({ key }) => key.N)).size === part.length));
  // the first of the shortest: a λ that follows N and S parts by S, not in cells that stand alone
  return ways.reduce((best, parts) => (parts.length < best.length ? parts : best));
}

/** Every choice of the columns, those of few columns first. All of them together leave no N twice: cells differ in a key. */
const subsets = Array.from({ length: 2 ** following.length }, (_, bits) =>
  following.filter((_, at) => (bits >> at) % 2 === 1),
).sort((a, b) => a.length - b.length);

function keyOf(cells: readonly Keyed[]): LineKey {
  const { N: _N, ...key } = cells[0]!.key;
  const varies = following.filter((name) => cells.some((cell) => cell.key[name] !== key[name]));
  return { ...key, ...Object.fromEntries(varies.map((name) => [name, undefined])) };
}

/** Of columns, those that tell apart lines which agree in all the others that are shown. */
export function tellingColumns<C extends keyof LineKey>(
  keys: readonly LineKey[],
  shown: readonly C[],
): (keyof LineKey)[] {
  const alike = [...groupBy(keys, (key) => JSON.stringify(shown.map((name) => key[name]))).values()];
  const others = Object.keys(keys[0] ?? {}) as (keyof LineKey)[];
  return others.filter(
    (column) =>
      !shown.some((name) => name === column) &&
      alike.some((same) => same.some((key) => key[column] !== same[0]![column])),
  );
}
