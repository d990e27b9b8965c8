import type * as z from 'zod';
import type { Matrix } from '../math/matrix.ts';
import type { RandomStream } from '../util/random.ts';

/** `K` queries that are encoded together. */
export interface Batch {
  /** [K, D] row-major, in the model's input scale */
  readonly points: Float32Array;
  readonly K: number;
  readonly D: number;
  /** Image shape [channels, height, width] with product D, where the points are images. */
  readonly shape?: readonly number[];
  /** The Gram matrix `X·Xᵀ` [K, K] in doubles; computed at the first call. */
  gram(): Matrix;
}

/** What the workers of one batch compute on. Worker `n` gets row `n`. */
export interface Encoding {
  /** [N, K], columns in the batch's own order (a query order is already undone here). */
  readonly matrix: Matrix;
  /** `order[p]` is the query at position `p` of the scheme; absent for the identity. */
  readonly order?: Int32Array;
  /** Coded points that are not a combination of whole queries, by worker: they replace the row's product. */
  readonly points?: ReadonlyMap<number, Float32Array>;
}

/** A permutation of a batch: entry `p` is the query at position `p`. Called once a batch; the same function, the same order. */
export type Order = (batch: Batch) => Int32Array;

/** A coded point [D] that is no combination of whole queries. The same function, the same point. */
type PointRule = (batch: Batch) => Float32Array;

/**
 * All that decides what the workers compute, as a value: `encoder.ts` applies it to a batch and compares two of them.
 */
export interface Encoder {
  readonly K: number;
  readonly N: number;
  /** [N, K], columns in the scheme's own order */
  readonly matrix: Matrix;
  /** Puts the queries in the scheme's own order; absent: as the batch has them. */
  readonly order?: Order;
  /** Workers whose point the matrix does not give. */
  readonly points?: ReadonlyMap<number, PointRule>;
  /** Points [D] that are made elsewhere, by worker: they replace the row's product. The same function, the same points. */
  readonly pointsOf?: (batch: Batch) => Promise<ReadonlyMap<number, Float32Array>>;
  /** The parity model a worker runs instead of the base model, by worker; absent: all run the base model. */
  readonly workerModels?: ReadonlyMap<number, string>;
}

/** The answers of one coded batch, as the master sees them. */
export interface Received {
  /** [N, m] by worker number; the rows of stragglers must not be read. */
  readonly answers: Float64Array;
  /** Outputs of the model, `m`. */
  readonly m: number;
  /** Worker numbers that answered, ascending, at least one. */
  readonly survivors: Int32Array;
  readonly encoding: Encoding;
  readonly batch: Batch;
  /** Number of Byzantine workers that the scheme is told of (an upper bound where it is only bounded). */
  readonly E: number;
  /** The randomness of this decode: every call gives the same stream from its beginning. */
  random(): RandomStream;
}

export interface Decoded {
  /** [K, m], in the batch's order */
  readonly outputs: Float64Array;
  /** 1 where the query's own answer came and is exact; absent where every query is approximated. */
  readonly available?: Uint8Array;
  /** Set when the outputs only carry a class (fallback `random`): no mean squared error is defined. */
  readonly classOnly?: boolean;
  /** Workers that the decoder itself took for Byzantine, ascending; absent where it looks for none. */
  readonly excluded?: Int32Array;
}

export interface Decoder {
  /** Set when `Received.batch` is never looked at: then the queries need not be read where the answers are known. */
  readonly ignoresQueries?: true;
  /** @throws DecodeFailure when nothing can be said from these answers */
  decode(received: Received): Decoded;
}

/** A decoder that is a fixed linear map of the answers, the same for every batch. */
export interface LinearDecoder extends Decoder {
  readonly ignoresQueries: true;
  /** `B_F` [K, |F|]: rows are queries in the scheme's own order, columns the survivors in ascending worker number. */
  decodingMatrix(survivors: Int32Array): Matrix;
}

/** Finds Byzantine workers among the survivors. */
export interface Locator {
  /** As `Decoder.ignoresQueries`. */
  readonly ignoresQueries?: true;
  /**
   * @returns worker numbers to exclude, ascending
   * @throws DecodeFailure when nothing can be said from these answers
   */
  locate(received: Received): Int32Array;
}

/** Stands for the locator of a scheme whose nodes are in a file, until the scheme is opened. */
export const unopenedLocator: Locator = {
  locate() {
    throw new Error('a locator was asked before its scheme was opened');
  },
};

/** What a deployment must tolerate. */
export interface Tolerance {
  readonly K: number;
  readonly S: number;
  readonly E: number;
}

/**
 * A coding scheme as the config names it. One file a scheme; `registry.ts` lists them.
 * `options` are the scheme's own ones; those that combine with every scheme (`label`, `order`, `decoder`, `locator`, `tune`)
 * belong to the config and to `compose.ts`.
 */
export interface Scheme<Options = unknown> {
  /** As written in a config: lower case. */
  readonly name: string;
  /** One line for `--help` and the docs. */
  readonly summary: string;
  /** A strict object schema; every option has a default. */
  readonly options: z.ZodType<Options>;
  /** Set for schemes with `lambdaEnc` and `lambdaDec` options, which may be swept and tuned. */
  readonly smoothing?: boolean;
  /** The label a paper would print. */
  label(options: Options): string;
  /** The fewest workers that tolerate S stragglers and E Byzantine workers. */
  minimumWorkers(need: Tolerance, options: Options): number;
  /** The fewest workers with which the scheme runs at all under these faults; absent: S + 1. */
  requiredWorkers?(need: Tolerance, options: Options): number;
  /** Set when the scheme uses exactly this many workers, whatever the config's N. */
  fixedWorkers?(K: number): number;
  /** The formula of `requiredWorkers`, for error messages: `2(K+E)-1+S`. */
  readonly workersFormula: string;
  /** Set when queries whose own answer comes are exact (a systematic code): availability is then a metric. */
  readonly systematic?: boolean;
  /** Options that the `options` column leaves out: where something is, not what it is. */
  readonly unlisted?: readonly string[];
  /** Set when some workers run models of their own (parities). */
  readonly ownModels?: boolean;
  /** What a user should know before running with so many workers; undefined: nothing. */
  warning?(K: number, N: number): string | undefined;
  /**
   * The options among which a calibration on a few queries chooses, with encoders that differ and one decoder; undefined: nothing
   * is left open.
   */
  alternatives?(options: Options): readonly Options[] | undefined;
  encoder(K: number, N: number, options: Options): Encoder;
  decoder(K: number, N: number, options: Options): Decoder;
  /** Parts that this scheme uses unless its config entry says otherwise; see `Combination`. */
  readonly combination?: Partial<Combination>;
}

/** Parts that combine with any scheme; `compose.ts` joins them. */
export interface Combination {
  /** `path`: the queries are put along a short path before they are encoded. */
  readonly order: 'given' | 'path';
  /** `kriging`: the scheme's decoder is replaced by the kriging decoder. */
  readonly decoder: 'own' | 'kriging';
  /** Which workers are excluded before decoding when Byzantine workers are expected. */
  readonly locator: 'none' | 'approxifer' | 'kriging' | 'dct';
}

/** A scheme with K, N, options and parts fixed: what the runner works with. */
export interface Codec {
  readonly encoder: Encoder;
  readonly decoder: Decoder;
  readonly locator?: Locator;
}
