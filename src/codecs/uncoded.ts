import * as z from 'zod';
import { UserError } from '../util/errors.ts';
import type { Scheme } from './codec.ts';
import { fallbacks } from './fallback.ts';
import { copiesDecoder, copiesEncoder } from './replication.ts';

const options = z.strictObject({
  fallback: z.enum(fallbacks).default('nearest').describe('what a query gets whose answer is lost'),
});
export type UncodedOptions = z.infer<typeof options>;

/** No redundancy: worker `n` computes query `n`. */
export const uncoded: Scheme<UncodedOptions> = {
  name: 'uncoded',
  systematic: true,
  summary: 'one worker a query, no redundancy; lost queries get a fallback',
  options,
  label: () => 'Uncoded',
  workersFormula: 'K',
  minimumWorkers: ({ K }) => K,
  fixedWorkers: (K) => K,
  encoder: (K, N) => copiesEncoder(K, oneEach(K, N)),
  decoder: (K, N, { fallback }) => copiesDecoder(K, oneEach(K, N), fallback),
};

function oneEach(K: number, N: number): Int32Array {
  if (N !== K) throw new UserError(`uncoded uses exactly one worker a query: N = ${N} is not K = ${K}`);
  return Int32Array.from({ length: K }, (_, k) => k);
}
