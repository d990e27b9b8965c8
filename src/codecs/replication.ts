import * as z from 'zod';
import { matrix } from '../math/matrix.ts';
import { UserError } from '../util/errors.ts';
import { median } from '../util/median.ts';
import type { Decoder, Encoder, Received, Scheme } from './codec.ts';
import { type Fallback, fallbacks, fillUnavailable } from './fallback.ts';
import { workerPositions } from './placement.ts';

const options = z.strictObject({
  fallback: z.enum(fallbacks).default('nearest').describe('what a query gets whose copies are all lost'),
  placement: z
    .enum(['permuted', 'block', 'interleaved'])
    .default('permuted')
    .describe('which worker computes which copy; permuted: blocks through a fixed random permutation'),
});
export type ReplicationOptions = z.infer<typeof options>;

/** Every query is computed by several workers. */
export const replication: Scheme<ReplicationOptions> = {
  name: 'replication',
  systematic: true,
  summary: 'every query on several workers; lost queries get a fallback, Byzantine answers are outvoted',
  options,
  label: () => 'Replication',
  workersFormula: 'K(S+1), with Byzantine workers K(2E+1+S)',
  minimumWorkers: ({ K, S, E }) => K * (2 * E + 1 + S),
  encoder: (K, N, { placement }) => copiesEncoder(K, queriesOfWorkers(K, N, placement)),
  decoder: (K, N, { placement, fallback }) => copiesDecoder(K, queriesOfWorkers(K, N, placement), fallback),
};

/**
 * @returns [N], the query that each worker computes; the numbers of copies differ by at most one
 * @throws UserError when a query would have no worker
 */
export function queriesOfWorkers(K: number, N: number, placement: ReplicationOptions['placement']): Int32Array {
  if (N < K) throw new UserError(`replication needs at least one worker a query: N = ${N} is less than K = ${K}`);
  const workers = Int32Array.from({ length: N }, (_, n) => n);
  if (placement === 'interleaved') return workers.map((n) => n % K);
  const positions = placement === 'permuted' ? workerPositions(N) : workers;
  return positions.map((p) => Math.floor((p * K) / N));
}

/** @param queries [N], the query of each worker */
export function copiesEncoder(K: number, queries: Int32Array): Encoder {
  const N = queries.length;
  const A = matrix(N, K);
  queries.forEach((k, n) => {
    A.data[n * K + k] = 1;
  });
  return { K, N, matrix: A };
}

/**
 * A query's output is the answer of its first surviving copy; with Byzantine workers, the vote of its copies. Lost queries
 * get the fallback.
 * @param queries [N], the query of each worker
 */
export function copiesDecoder(K: number, queries: Int32Array, fallback: Fallback): Decoder {
  return {
    decode(received) {
      const { m, E } = received;
      const copies: number[][] = Array.from({ length: K }, () => []);
      for (const worker of received.survivors) copies[queries[worker]!]!.push(worker);
      const outputs = new Float64Array(K * m);
      const available = new Uint8Array(K);
      copies.forEach((workers, k) => {
        if (workers.length === 0) return;
        available[k] = 1;
        outputs.set(E > 0 ? vote(received, workers) : answer(received, workers[0]!), k * m);
      });
      fillUnavailable(outputs, available, fallback, received);
      return { outputs, available, ...(fallback === 'random' && { classOnly: true }) };
    },
  };
}

function answer({ answers, m }: Received, worker: number): Float64Array {
  return answers.subarray(worker * m, (worker + 1) * m);
}

/**
 * Majority of the copies' classes, then the coordinate-wise median of the copies that voted for it: its class is the winning
 * one, because order statistics keep `y_c >= y_j`. With an honest majority this is the honest answer. A tied vote goes to the
 * class that the smallest worker number voted for.
 */
function vote(received: Received, workers: readonly number[]): Float64Array {
  const classes = workers.map((worker) => argmax(answer(received, worker)));
  const votes = (c: number) => classes.filter((other) => other === c).length;
  const winner = classes.reduce((best, c) => (votes(c) > votes(best) ? c : best));
  const voters = workers.filter((_, i) => classes[i] === winner).map((worker) => answer(received, worker));
  return Float64Array.from({ length: received.m }, (_, j) => median(voters.map((values) => values[j]!)));
}

function argmax(values: Float64Array): number {
  let best = 0;
  for (let j = 1; j < values.length; j++) if (values[j]! > values[best]!) best = j;
  return best;
}
