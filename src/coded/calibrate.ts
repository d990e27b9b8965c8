import type { Codec, Encoder, Received } from '../codecs/codec.ts';
import { encode } from '../codecs/encoder.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { encodePoints } from '../math/gemm.ts';
import type { Matrix } from '../math/matrix.ts';
import { softmaxRows } from '../math/softmax.ts';
import type { Model } from '../models/model.ts';
import { randomStream, sampleWithoutReplacement } from '../util/random.ts';
import { drawSurvivors, stragglerLabel } from '../workers/stragglers.ts';
import type { Condition } from './conditions.ts';
import { gramMatrix, type ImagePool, type LabelledBatch, pointSize } from './draw.ts';
import { isFailure, unlessFailed } from './failure.ts';
import { type Cell, type Plan, withCodecs } from './plan.ts';

/**
 * Options that a scheme leaves to a calibration: it tries each on a few queries of its own, compares with what the model makes of
 * those, and keeps the best. No label is looked at. Everything follows from model, data, K, N, stragglers and output: two seeds,
 * two threads and a resumed run choose alike.
 */

/** Queries that are kept for it. */
const queries = 32;

/** Batches of these, of K queries. */
const batches = 12;

/**
 * Straggler patterns that each batch is decoded under: one inference serves them all. Queries are lost in few patterns, and c matters
 * in those; one pattern a batch leaves the choice to chance.
 */
const patterns = 32;

/** Whether a cell of the plan has something to be chosen. */
export function needsCalibration({ cells }: Plan): boolean {
  return cells.some(({ scheme, options }) => scheme.alternatives?.(options) !== undefined);
}

/** The points of a data set that only calibrations see, spread over it. */
function calibrationIndices(length: number): number[] {
  const count = Math.min(queries, Math.floor(length / 2));
  return Array.from({ length: count }, (_, i) => Math.floor((i * length) / count));
}

/** A pool without the points that calibrations see. @param length of the data set */
export function withoutCalibration(pool: ImagePool, length: number): ImagePool {
  const kept = new Set(calibrationIndices(length));
  const rest = Int32Array.from({ length: pool.size }, (_, i) => pool.at(i)).filter((index) => !kept.has(index));
  return { purpose: pool.purpose, size: rest.length, at: (index) => rest[index]! };
}

/** Places of the alternatives that calibrations chose, by all that a choice follows from: plain data. */
export type Choices = readonly (readonly [string, number])[];

/** A plan with what a calibration chose. */
export interface Calibrated {
  readonly plan: Plan;
  readonly choices: Choices;
  /** What was chosen for each cell, a line each. */
  readonly lines: readonly string[];
}

/**
 * The plan with the encoders that calibrations chose.
 * @param plan of which a scheme has alternatives
 * @param earlier what an earlier calibration of the same model and data chose: not tried again
 */
export async function calibrate(
  plan: Plan,
  model: Model,
  dataset: Dataset,
  earlier: Choices = [],
): Promise<Calibrated> {
  let pool: Pool | undefined;
  const codecs = new Map<Cell, Codec>();
  const lines: string[] = [];
  const known = new Map(earlier);
  for (const cell of plan.cells) {
    const alternatives = cell.scheme.alternatives?.(cell.options);
    if (!alternatives) continue;
    const condition = plan.conditions[cell.condition]!;
    const { K } = cell.codec.encoder;
    const id = JSON.stringify([
      cell.entry.scheme,
      cell.entry.combination,
      cell.options,
      K,
      cell.N,
      condition.S,
      stragglerLabel(condition.stragglers),
      condition.output,
    ]);
    let chosen = known.get(id);
    if (chosen === undefined) {
      pool ??= await poolOf(model, dataset);
      chosen = await bestOf(cell, alternatives, condition, model, pool);
      known.set(id, chosen);
    }
    const { order } = cell.codec.encoder;
    const encoder = { ...cell.scheme.encoder(K, cell.N, alternatives[chosen]!), ...(order && { order }) };
    codecs.set(cell, { ...cell.codec, encoder });
    lines.push(
      `${cell.entry.label} with K = ${K}, N = ${cell.N}, S = ${condition.S ?? stragglerLabel(condition.stragglers)}, ${condition.output}: calibration chose ${JSON.stringify(alternatives[chosen])}`,
    );
  }
  return { plan: withCodecs(plan, codecs), choices: [...known], lines };
}

interface Pool {
  /** [count, D] */
  readonly points: Float32Array;
  /** [count, m] */
  readonly truth: Float64Array;
  readonly D: number;
  readonly count: number;
}

async function poolOf(model: Model, dataset: Dataset): Promise<Pool> {
  const D = pointSize(dataset);
  const indices = calibrationIndices(dataset.length);
  const points = new Float32Array(indices.length * D);
  await dataset.read(indices, points);
  const truth = Float64Array.from(await model.infer(points, indices.length));
  return { points, truth, D, count: indices.length };
}

/** The place of the alternative with the smallest mean squared error; the first of equals. */
async function bestOf(
  cell: Cell,
  alternatives: readonly Cell['options'][],
  condition: Condition,
  model: Model,
  pool: Pool,
): Promise<number> {
  const { N, codec, scheme } = cell;
  const K = Math.min(codec.encoder.K, pool.count);
  const sums = new Float64Array(alternatives.length);
  for (let batch = 0; batch < batches; batch++) {
    const stream = randomStream('calibration', batch, K, N);
    const chosen = sampleWithoutReplacement(stream, pool.count, K);
    const drawn = batchOf(pool, chosen);
    const answering = Array.from({ length: patterns }, () =>
      drawSurvivors(condition.stragglers, N, condition.S ?? 0, stream),
    ).filter(({ length }) => length > 0);
    for (const [place, options] of alternatives.entries()) {
      const { order } = codec.encoder;
      const encoder = { ...scheme.encoder(K, N, options), ...(order && { order }) };
      sums[place]! += await errorOf(encoder, cell, drawn, answering, condition, model, pool, chosen);
    }
  }
  return sums.indexOf(Math.min(...sums));
}

function batchOf({ points, D }: Pool, chosen: readonly number[]): Pick<LabelledBatch, 'points' | 'K' | 'D' | 'gram'> {
  const K = chosen.length;
  const own = new Float32Array(K * D);
  chosen.forEach((at, k) => {
    own.set(points.subarray(at * D, (at + 1) * D), k * D);
  });
  let gram: Matrix | undefined;
  return { points: own, K, D, gram: () => (gram ??= gramMatrix(own, K, D)) };
}

/** Squared error of the decoded outputs, summed over patterns of survivors; infinite where nothing can be decoded. */
async function errorOf(
  encoder: Encoder,
  { codec, N }: Cell,
  batch: ReturnType<typeof batchOf>,
  answering: readonly Int32Array[],
  { output, noise }: Condition,
  model: Model,
  { truth, D }: Pool,
  chosen: readonly number[],
): Promise<number> {
  const m = model.outputs;
  const encoding = encode(encoder, batch);
  const coded = new Float32Array(N * D);
  encodePoints(encoding.matrix, batch.points, D, coded);
  const answers = Float64Array.from(await model.infer(coded, N));
  if (noise !== undefined) {
    const stream = randomStream('calibration noise', N, ...chosen);
    for (let at = 0; at < answers.length; at++) answers[at]! += noise * stream.normal();
  }
  const wanted = Float64Array.from(
    { length: batch.K * m },
    (_, at) => truth[chosen[Math.floor(at / m)]! * m + (at % m)]!,
  );
  if (output === 'softmax') for (const rows of [answers, wanted]) softmaxRows(rows, m);
  const sums = answering.map((survivors) => {
    const received: Received = {
      answers,
      m,
      survivors,
      encoding,
      batch,
      E: 0,
      random: () => randomStream('calibration'),
    };
    const decoded = unlessFailed(() => codec.decoder.decode(received));
    if (isFailure(decoded)) return Number.POSITIVE_INFINITY;
    return decoded.outputs.reduce((sum, value, at) => sum + (value - wanted[at]!) ** 2, 0);
  });
  return sums.reduce((sum, one) => sum + one, 0);
}
