import { copiesAreExact } from '../results/judge.ts';
import type { Member } from '../util/registry.ts';

/** What a deployment has to survive. */
export interface Needs {
  /** Queries that are answered together. */
  readonly K: number;
  /** Late workers; 0 where a law says how many are late. */
  readonly S: number;
  /** Whether a law says how many are late: then all may be. */
  readonly isLaw: boolean;
  /** Lying workers. */
  readonly E: number;
}

/** A way to spend workers, as it takes part in a sweep. */
export interface Candidate extends Member {
  /** Its entry in `schemes:` of a config, with `name` as its label. */
  readonly entry: (name: string) => Record<string, object>;
  /** What has to be true for the numbers to carry over. */
  readonly assumes: string;
  /** The same where somebody lies; absent: as `assumes`. */
  readonly assumesOfLiars?: string;
  /** Whether so many workers answer each query rightly whoever is late or lies. */
  readonly isCertain?: (needs: Needs, N: number) => boolean;
  /** Only with liars, or only without; absent: in both cases. */
  readonly only?: 'liars' | 'no liars';
}

const smooth = 'the model is smooth between queries; no training, no knowledge of the model';
/** Of the kriging decoder. */
const looking = 'the master sees the queries and does O(n³) work';

/** Everything `advise` tries, simplest first: of two that need as many workers the earlier one is advised. */
const candidates: readonly Candidate[] = [
  {
    name: 'Uncoded',
    summary: 'a worker a query; lost queries get the nearest answer',
    entry: (label) => ({ uncoded: { label } }),
    assumes: 'lost queries may be answered wrongly',
    isCertain: ({ S, E, isLaw }) => !isLaw && S + E === 0,
  },
  {
    name: 'Replication',
    summary: 'copies of each query, with a vote',
    entry: (label) => ({ replication: { label } }),
    assumes: 'nothing of the model; exact as long as one copy of each query comes in time',
    assumesOfLiars: 'nothing of the model; exact as long as a query keeps an honest majority of its copies',
    isCertain: (needs, N) => !needs.isLaw && copiesAreExact(needs, N),
  },
  {
    name: 'Replication-kriging',
    summary: 'copies on a path of the queries, lost ones by regression on the others',
    entry: (label) => ({ kriging: { placement: { c: 0 }, label } }),
    assumes: `lost queries resemble others of the batch; ${looking}`,
    only: 'no liars',
  },
  {
    name: 'Kriging',
    summary: 'mixtures of two neighbours, decoded by regression on the coded inputs',
    entry: (label) => ({ kriging: { label } }),
    assumes: `${smooth}; ${looking}`,
    only: 'no liars',
  },
  {
    name: 'Kriging+locator',
    summary: 'the same, with its locator of liars',
    entry: (label) => ({ kriging: { locator: 'kriging', label } }),
    assumes: `${smooth}; E bounds the liars`,
    only: 'liars',
  },
  {
    name: 'NeRCC0',
    summary: 'natural cubic splines',
    entry: (label) => ({ nercc: { label } }),
    assumes: smooth,
    only: 'no liars',
  },
  {
    name: 'BACC',
    summary: "Berrut's rational interpolation",
    entry: (label) => ({ bacc: { label } }),
    assumes: smooth,
    only: 'no liars',
  },
  {
    name: 'ApproxIFER',
    summary: 'the same, with the published locator of liars',
    entry: (label) => ({ approxifer: { label } }),
    assumes: `${smooth}; the number of liars is known`,
    only: 'liars',
  },
  {
    name: 'SBACC',
    summary: 'the same on nodes of the first kind, with a DCT code that locates liars',
    entry: (label) => ({ sbacc: { label } }),
    assumes: `${smooth}; the number of liars is known`,
    only: 'liars',
  },
];

/** The candidates for a deployment, with what they assume there. */
export function candidatesFor({ E }: Pick<Needs, 'E'>): readonly Candidate[] {
  return candidates
    .filter(({ only }) => only === undefined || (only === 'liars') === E > 0)
    .map((one) => (E > 0 ? { ...one, assumes: one.assumesOfLiars ?? one.assumes } : one));
}

/** Whether a candidate, by its name, answers each query rightly with N workers whoever is late or lies. */
export function isCertain(name: string, needs: Needs, N: number): boolean {
  return candidates.find((one) => one.name === name)?.isCertain?.(needs, N) ?? false;
}

/**
 * The numbers of workers worth trying, ascending: none to spare, some, and as many as make copies exact.
 * @param most workers that may be used; those beyond it are left out
 */
export function sizesFor({ K, S, E }: Pick<Needs, 'K' | 'S' | 'E'>, most: number): number[] {
  const least = K + S + 2 * E;
  const copies = K * (S + 2 * E + 1);
  const tried = [
    K,
    least,
    ...[1.25, 1.5, 2, 3].map((factor) => Math.round(factor * least)),
    2 * K,
    3 * K,
    4 * K,
    copies,
  ];
  return [...new Set(tried)].filter((N) => N > S + 2 * E && N <= most).sort((a, b) => a - b);
}
