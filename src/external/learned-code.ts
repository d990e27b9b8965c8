import path from 'node:path';
import * as z from 'zod';
import type { Decoded, Encoder, Received } from '../codecs/codec.ts';
import { fillUnavailable } from '../codecs/fallback.ts';
import { matrix } from '../math/matrix.ts';
import { type LearnedNetworks, openLearnedCode } from '../models/learned-code.ts';
import { DecodeFailure, UserError } from '../util/errors.ts';
import { type OpenedScheme, type OutsideScheme, type Place, unopened } from './outside.ts';

const options = z.strictObject({
  models: z.string().min(1).optional().describe('folder of encoders and decoders (default: those that ship)'),
});
type LearnedOptions = z.output<typeof options>;

/**
 * A code that was learned: an encoder network makes a parity query of the K queries, the unchanged base model answers it, and a
 * decoder network (Kosaian et al. 2018, 2020) or a subtraction (Dinh & Lee 2021, Coded-InvNet) makes the lost answer of the
 * others. Workers 0 … K-1 compute a query each, worker K the parity query; both networks run on the master.
 */
export const learnedCode: OutsideScheme<LearnedOptions> = {
  name: 'learned-code',
  summary:
    'a learned encoder makes one parity query, the base model answers it (Kosaian et al. 2018; Coded-InvNet, 2021)',
  options,
  unlisted: ['models'],
  label: () => 'LearnedCode',
  systematic: true,
  workersFormula: 'K + 1',
  minimumWorkers({ K, E }) {
    if (E > 0) throw new UserError('learned-code tolerates no Byzantine workers: E must be 0');
    return K + 1;
  },
  requiredWorkers({ K, S }) {
    if (S > 1)
      throw new UserError(`learned-code has one parity, which replaces one lost answer: S = ${S} must be 0 or 1`);
    return K + 1;
  },
  decoder: unopened.decoder,
  encoder(K, N) {
    if (N !== K + 1) throw new UserError(`learned-code has one parity worker: N = ${N} must be K + 1 = ${K + 1}`);
    return unopened.encoder(K, N, {});
  },
  open,
};

/** A code of one K whose networks are open. */
interface OpenCode {
  readonly encoder: Encoder;
  readonly networks: LearnedNetworks;
}

async function open({ models }: LearnedOptions, { folder, label, subject }: Place): Promise<OpenedScheme> {
  const { model: base, output } = subject;
  if (output.includes('softmax'))
    throw new UserError('learned-code is trained on logits, and cannot decode probabilities: set output: logits');
  const own = models === undefined ? undefined : path.resolve(folder, models);
  const codes = new Map<number, Promise<OpenCode>>();
  const digests: Record<string, string> = {};
  const openOne = async (K: number): Promise<OpenCode> => {
    const networks = await openLearnedCode(K, base, own);
    for (const [part, network] of Object.entries(networks)) digests[`${label}: k${K} ${part}`] = network.sha256;
    return { encoder: encoderOf(K, networks), networks };
  };
  /** Cells of one K share their encoder, so that its points are made and answered once. */
  const codeOf = (K: number): Promise<OpenCode> => {
    const code = codes.get(K) ?? openOne(K);
    codes.set(K, code);
    return code;
  };
  return {
    digests,
    ignoresQueries: false,
    encoder: async (K) => (await codeOf(K)).encoder,
    async decode({ K }, received) {
      const { networks } = await codeOf(K);
      const outcomes: (Decoded | DecodeFailure)[] = [];
      for (const each of received) outcomes.push(await decodeOne(networks, K, each));
      return outcomes;
    },
    async close() {
      const opened = await Promise.allSettled(codes.values());
      const networks = opened.flatMap((code) =>
        code.status === 'fulfilled' ? Object.values(code.value.networks) : [],
      );
      await Promise.all(networks.map((network) => network.dispose()));
    },
  };
}

function encoderOf(K: number, { encoder }: LearnedNetworks): Encoder {
  const rows = matrix(K + 1, K);
  for (let i = 0; i < K; i++) rows.data[i * K + i] = 1;
  return {
    K,
    N: K + 1,
    matrix: rows,
    pointsOf: async ({ points, D }) =>
      new Map([[K, Float32Array.from(await encoder.infer(points.subarray(0, K * D), 1))]]),
  };
}

/** One request at a time: what a network answers must not depend on what is decoded beside it. */
async function decodeOne(networks: LearnedNetworks, K: number, received: Received): Promise<Decoded | DecodeFailure> {
  const { answers, m, survivors } = received;
  const outputs = new Float64Array(K * m);
  const available = new Uint8Array(K);
  for (const worker of survivors) {
    if (worker === K) continue;
    available[worker] = 1;
    outputs.set(answers.subarray(worker * m, (worker + 1) * m), worker * m);
  }
  const lost = [...available.keys()].filter((query) => !available[query]);
  const parity = survivors.includes(K) ? answers.subarray(K * m, (K + 1) * m) : undefined;
  if (lost.length === 1 && parity) {
    const place = lost[0]! * m;
    outputs.set(await reconstructed(networks, outputs, parity, place), place);
  } else if (lost.length === K)
    return new DecodeFailure(`learned-code: no query's answer came, and one parity cannot replace ${K}`);
  else if (lost.length > 0) fillUnavailable(outputs, available, 'nearest', received);
  return { outputs, available };
}

/**
 * The lost answer [m], whose row of `outputs` [K, m] is zero.
 * @param place of that row
 */
async function reconstructed(
  { decoder }: LearnedNetworks,
  outputs: Float64Array,
  parity: Float64Array,
  place: number,
): Promise<ArrayLike<number>> {
  const m = parity.length;
  const K = outputs.length / m;
  if (decoder) {
    const answers = new Float32Array(outputs.length + m);
    answers.set(outputs);
    answers.set(parity, outputs.length);
    return (await decoder.infer(answers, 1)).subarray(place, place + m);
  }
  // the parity's answer is the mean of all K
  return parity.map((mean, j) => {
    let lost = K * mean;
    for (let i = 0; i < K; i++) lost -= outputs[i * m + j]!;
    return lost;
  });
}
