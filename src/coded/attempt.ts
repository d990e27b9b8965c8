import type { Decoder, Encoding, LinearDecoder, Received } from '../codecs/codec.ts';
import type { BatchTruth } from '../metrics/inference.ts';
import type { Measured } from '../metrics/measure.ts';
import type { MetricName } from '../metrics/table.ts';
import type { DecodeFailure } from '../util/errors.ts';
import type { RandomStream } from '../util/random.ts';
import type { Condition } from './conditions.ts';
import type { DecodeOutcome, DecodeRequest } from './decode.ts';
import type { LabelledBatch } from './draw.ts';
import { isFailure, unlessFailed } from './failure.ts';
import { withLiars, withNoise, withStragglers } from './faults.ts';
import { locate, without } from './locate.ts';
import { measure } from './measure.ts';
import type { Cell } from './plan.ts';
import type { Scaled } from './truth.ts';

/** A coded batch whose workers were asked. */
export interface AnsweredBatch {
  readonly batch: LabelledBatch;
  readonly encoding: Encoding;
  /** True outputs and answers, on the scale that a condition decodes. */
  on(output: Condition['output']): Scaled;
}

/** What chance decides about a cell under one pattern. */
export interface Draws {
  /** Workers that do not straggle, ascending. */
  readonly inTime: Int32Array;
  noise(): RandomStream;
  attack(): RandomStream;
  decode(): RandomStream;
}

/** A cell under one pattern of faults, up to the decoder. */
export interface Attempt {
  readonly cell: Cell;
  readonly truth: BatchTruth;
  /** Workers that answered in time. */
  readonly survivors: number;
  /** Their numbers, ascending. */
  readonly inTime: Int32Array;
  readonly toDecode: ToDecode | DecodeFailure;
}

interface ToDecode {
  readonly received: Received;
  readonly liars: Int32Array;
  readonly excluded?: Int32Array;
  /** The honest answers alone, where some workers lied and some did not. */
  readonly honest?: Received;
}

const nobody = new Int32Array(0);

/** Applies the faults of a condition to the answers of a batch, and looks for liars. */
export function attempt(cell: Cell, condition: Condition, answered: AnsweredBatch, draws: Draws): Attempt {
  const { truth, reply } = answered.on(condition.output);
  const came = withNoise(withStragglers(reply, draws.inTime), condition, draws.noise);
  const toDecode = unlessFailed((): ToDecode => {
    const {
      answers,
      m,
      answered: survivors,
      liars,
    } = withLiars(came, condition, draws.attack, influenceOf(cell.codec.decoder, came.answered));
    const { batch, encoding } = answered;
    const received = { answers, m, survivors, encoding, batch, E: condition.E, random: draws.decode };
    return {
      ...locate(cell.codec.locator, received),
      liars: liars ?? nobody,
      ...(liars && liars.length < survivors.length && { honest: { ...without(received, liars), E: 0 } }),
    };
  });
  return { cell, truth, survivors: came.answered.length, inTime: came.answered, toDecode };
}

/** What the answers of these workers add to the decoded outputs [K, |F|], where the decoder is a linear map. */
function influenceOf(decoder: Decoder | LinearDecoder, survivors: Int32Array): (() => Float64Array) | undefined {
  return 'decodingMatrix' in decoder ? () => decoder.decodingMatrix(survivors).data : undefined;
}

/** What an attempt asks of the decoder: nothing when it failed before. */
export function requestsOf({ cell, toDecode }: Attempt): DecodeRequest[] {
  if (isFailure(toDecode)) return [];
  const { received, honest } = toDecode;
  const own = { cell, received };
  return honest ? [own, { cell, received: honest }] : [own];
}

/**
 * What an attempt comes to.
 * @param outcomes of its requests, in their order
 * @param names metrics that are wanted
 */
export function conclude(
  { truth, toDecode }: Attempt,
  [decoded, oracle]: readonly DecodeOutcome[],
  names: readonly MetricName[],
): Measured | DecodeFailure {
  if (isFailure(toDecode)) return toDecode;
  if (isFailure(decoded)) return decoded;
  if (isFailure(oracle)) return oracle;
  const { liars } = toDecode;
  const excluded = allExcluded(toDecode.excluded, decoded!.excluded);
  return unlessFailed(() => measure({ truth, decoded: decoded!, liars, excluded, oracle }, names));
}

/** The workers that a locator or the decoder itself left out, ascending; undefined where nobody looked for any. */
export function allExcluded(a: Int32Array | undefined, b: Int32Array | undefined): Int32Array | undefined {
  return a && b ? Int32Array.from(new Set([...a, ...b])).sort() : (a ?? b);
}
