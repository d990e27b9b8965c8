import type { Decoded, Decoder, Encoder, Received, Scheme } from '../codecs/codec.ts';
import type { NodeRule } from '../codecs/nodes.ts';
import type { SchemeOptions } from '../codecs/registry.ts';
import { matrix } from '../math/matrix.ts';
import type { BaseModel } from '../models/sidecar.ts';
import type { DecodeFailure } from '../util/errors.ts';

/**
 * A scheme that is not part of this program: it is in files, or another process. What it does is known when it is opened; until
 * then its encoder and decoder only say how many queries and workers there are.
 */
export interface OutsideScheme<Options = SchemeOptions> extends Scheme<Options> {
  /** Reads its files, or starts its process. @throws UserError when that does not work */
  open(options: Options, place: Place): Promise<OpenedScheme>;
  /** The command that `open` starts; absent where it starts none. */
  commandOf?(options: Options): string;
}

export interface Place {
  /** Folder that relative paths start from. */
  readonly folder: string;
  /** What the scheme is called in this experiment, for messages. */
  readonly label: string;
  readonly subject: Subject;
}

/** What the experiment codes. */
export interface Subject {
  /** The base model. */
  readonly model: BaseModel;
  /** What is decoded, over all cells. */
  readonly output: readonly ('logits' | 'softmax')[];
}

export interface OpenedScheme {
  /** SHA-256 of the files that say what the scheme does, by name. */
  readonly digests: Readonly<Record<string, string>>;
  /** Whether `decode` never looks at the queries. */
  readonly ignoresQueries: boolean;
  /** Nodes of the workers [N], or their rule, where `locator: approxifer` may use them. */
  readonly nodes?: NodeRule | Float64Array;
  encoder(K: number, N: number): Promise<Encoder>;
  /** Decodes many at a time, in the scheme's own order of queries. @returns an outcome for each, in their order */
  decode(code: Code, received: readonly Received[]): Promise<readonly (Decoded | DecodeFailure)[]>;
  close(): Promise<void>;
}

/** The size of a code: queries and workers. */
export interface Code {
  readonly K: number;
  readonly N: number;
}

/** The parts of a scheme that is not open. */
export const unopened: Pick<Scheme, 'encoder' | 'decoder'> = {
  encoder: (K: number, N: number): Encoder => ({ K, N, matrix: matrix(N, K) }),
  decoder: (): Decoder => ({
    decode() {
      throw new RangeError('the scheme is not open');
    },
  }),
};
