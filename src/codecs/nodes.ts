import * as z from 'zod';

/**
 * Which nodes the workers get. `default`: Chebyshev points of the second kind, as the papers say. `legacy`:
 * `cos(nπ/N)`, as the accuracy scripts of the ApproxIFER authors compute them. `first-kind`: Chebyshev points of the first kind,
 * `cos((2n+1)π / (2N))`, as SBACC places them.
 */
export type NodeRule = 'default' | 'legacy' | 'first-kind';

/** The `nodes` option of the schemes whose workers sit on Chebyshev nodes. */
export const nodeRule = z
  .enum(['default', 'legacy', 'first-kind'])
  .default('default')
  .describe(
    "worker nodes: Chebyshev points of the second kind, the authors' scripts' cos(n pi / N), or of the first kind",
  );

/** What a label of a scheme says of its nodes. */
export function nodesSuffix(rule: NodeRule): string {
  return rule === 'default' ? '' : `-${rule}`;
}

/**
 * The nodes of the queries, `alpha_k = cos((2k+1)π / (2K))`: Chebyshev points of the first kind, descending.
 * @returns [K], exactly antisymmetric (`alpha_{K-1-k} = -alpha_k`)
 * @throws RangeError unless K is a positive integer
 */
export function chebyshevFirstKind(K: number): Float64Array {
  requireCount(K);
  return Float64Array.from({ length: K }, (_, k) => sineOfPi(K - 1 - 2 * k, 2 * K));
}

/**
 * The nodes of the workers, `beta_n = cos(nπ / (N-1))`: Chebyshev points of the second kind, descending from 1 to -1;
 * `beta_0 = 0` when N = 1.
 * @returns [N], exactly antisymmetric
 * @throws RangeError unless N is a positive integer
 */
export function chebyshevSecondKind(N: number): Float64Array {
  requireCount(N);
  if (N === 1) return new Float64Array(1);
  return Float64Array.from({ length: N }, (_, n) => sineOfPi(N - 1 - 2 * n, 2 * (N - 1)));
}

/**
 * The worker nodes of the ApproxIFER authors' accuracy scripts, `beta_n = cos(nπ / N)`: descending, with 1 but without -1.
 * @returns [N]
 * @throws RangeError unless N is a positive integer
 */
export function legacyWorkerNodes(N: number): Float64Array {
  requireCount(N);
  return Float64Array.from({ length: N }, (_, n) => sineOfPi(N - 2 * n, 2 * N));
}

const workerRules: Record<NodeRule, (N: number) => Float64Array> = {
  default: chebyshevSecondKind,
  legacy: legacyWorkerNodes,
  'first-kind': chebyshevFirstKind,
};

/** The worker nodes `beta_n` [N] of a rule, descending. */
export function workerNodes(N: number, rule: NodeRule): Float64Array {
  return workerRules[rule](N);
}

/**
 * The worker nodes [N] that `nodes:` of a scheme stands for.
 * @param nodes a rule, nodes [N] in [-1, 1], or the name of a file with them
 * @returns undefined for a file, which is read when its scheme is opened
 */
export function givenNodes(N: number, nodes: string | Float64Array): Float64Array | undefined {
  if (typeof nodes !== 'string') return nodes;
  return isRule(nodes) ? workerNodes(N, nodes) : undefined;
}

function isRule(name: string): name is NodeRule {
  return Object.hasOwn(workerRules, name);
}

/**
 * Pairs `[k, n]` with `alpha_k = beta_n`, decided in integers: `(2k+1)(N-1) = 2Kn`, with `N` for `N-1` under the legacy
 * rule, and `(2k+1)N = (2n+1)K` for nodes of the first kind. There a worker gets a query itself, and a barycentric formula reads 0/0 unless the hit is handled.
 */
export function coincidentNodes(K: number, N: number, rule: NodeRule): [k: number, n: number][] {
  const intervals = rule === 'legacy' ? N : N - 1;
  const pairs: [number, number][] = [];
  for (let k = 0; k < K; k++) {
    // N = 1 puts the only worker on 0, where an odd K has its middle query
    const n =
      rule === 'first-kind'
        ? (((2 * k + 1) * N) / K - 1) / 2
        : intervals === 0
          ? 2 * k + 1 === K
            ? 0
            : Number.NaN
          : ((2 * k + 1) * intervals) / (2 * K);
    if (Number.isInteger(n)) pairs.push([k, n]);
  }
  return pairs;
}

/** The distance within which two nodes in [-1, 1] are the same point: a few roundings of 1. */
const coincidence = 4 * Number.EPSILON;

/** Whether two nodes in [-1, 1] are the same up to rounding. */
export function nodesCoincide(a: number, b: number): boolean {
  return Math.abs(a - b) <= coincidence;
}

/**
 * The permutation that sorts nodes in ascending order: entry `i` is the index of the i-th smallest.
 * @throws RangeError when a node is not finite or occurs twice
 */
export function ascendingOrder(nodes: ArrayLike<number>): Int32Array {
  const order = new Int32Array(nodes.length);
  const descending = nodes.length > 1 && nodes[1]! < nodes[0]!;
  let sorted = true; // as the nodes of workers are: no need to sort
  for (let i = 0; i < order.length; i++) {
    order[i] = descending ? order.length - 1 - i : i;
    sorted &&= i === 0 || descending === nodes[i]! < nodes[i - 1]!;
  }
  if (!sorted) order.sort((i, j) => nodes[i]! - nodes[j]!);
  for (let i = 0; i < order.length; i++) {
    const node = nodes[order[i]!]!;
    if (!Number.isFinite(node)) throw new RangeError(`node ${order[i]} is ${node}; nodes must be finite`);
    if (i > 0 && node === nodes[order[i - 1]!]) {
      throw new RangeError(`nodes ${order[i - 1]} and ${order[i]} are both ${node}; nodes must be distinct`);
    }
  }
  return order;
}

/**
 * `sin(π·numerator/denominator)` from the fraction in lowest terms. The sine form makes symmetric nodes exact negatives,
 * and equal angles of different rules give equal doubles.
 */
function sineOfPi(numerator: number, denominator: number): number {
  const divisor = greatestCommonDivisor(Math.abs(numerator), denominator);
  return Math.sin((Math.PI * (numerator / divisor)) / (denominator / divisor)) + 0; // + 0: no negative zero
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function requireCount(count: number): void {
  if (!Number.isInteger(count) || count < 1)
    throw new RangeError(`${count} nodes; the count must be a positive integer`);
}
