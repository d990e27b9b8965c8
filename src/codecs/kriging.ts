import * as z from 'zod';
import type { Decoder, Scheme } from './codec.ts';
import { krigingDecoder } from './kriging-decoder.ts';
import { krigingEncoder } from './kriging-encoder.ts';

const options = z.strictObject({
  placement: z
    .strictObject({
      c: z
        .union([z.number().min(0).max(1), z.literal('auto')], { error: 'expected a number from 0 to 1, or auto' })
        .default(0.5)
        .describe(
          '0: copies of the queries (replication), 1: widest mixtures; auto: the best of 0, 0.25 and 0.5 on 32 queries kept for that',
        ),
    })
    .prefault({})
    .describe('how far coded points lie from the nearest query'),
});
export type KrigingOptions = z.infer<typeof options>;

/** What `c: auto` chooses from; the first of equals. */
const calibrated = [0, 0.25, 0.5];

/** Coded points between neighbours on a short path of the queries, decoded by regression on the coded inputs themselves. */
export const kriging: Scheme<KrigingOptions> = {
  name: 'kriging',
  summary: 'mixtures of two neighbours on a path of the queries, decoded by ordinary kriging on the coded inputs',
  options,
  label: ({ placement: { c } }) => (c === 'auto' ? 'Kriging-auto' : 'Kriging'),
  workersFormula: 'K+S, with Byzantine workers K+2E+S',
  minimumWorkers: ({ K, S, E }) => K + 2 * E + S,
  warning: (K, N) =>
    N < K ? `kriging with N = ${N} workers for K = ${K} queries: some queries are in no coded point` : undefined,
  alternatives: ({ placement: { c } }) =>
    c === 'auto' ? calibrated.map((value) => ({ placement: { c: value } })) : undefined,
  // copies, until a calibration has chosen
  encoder: (K, N, { placement: { c } }) => krigingEncoder(K, N, c === 'auto' ? 0 : c),
  decoder: () => ownOrderDecoder,
  combination: { order: 'path', decoder: 'kriging' },
};

/** The kriging decoder with its outputs in the order of the path, as every scheme's own decoder gives them. */
const ownOrderDecoder: Decoder = {
  decode(received) {
    const decoded = krigingDecoder.decode(received);
    const { m, encoding } = received;
    if (!encoding.order) return decoded;
    const outputs = new Float64Array(decoded.outputs.length);
    encoding.order.forEach((query, p) => {
      outputs.set(decoded.outputs.subarray(query * m, (query + 1) * m), p * m);
    });
    return { outputs };
  },
};
