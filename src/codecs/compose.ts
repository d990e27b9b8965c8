import { UserError } from '../util/errors.ts';
import { approxiferLocator } from './approxifer.ts';
import type { Batch, Codec, Combination, Decoder, Encoder, Locator, Scheme, Tolerance } from './codec.ts';
import { krigingDecoder } from './kriging-decoder.ts';
import { krigingLocator } from './kriging-locator.ts';
import { pathOrder } from './path-order.ts';

/** A permutation of the batch: entry `p` is the query at position `p`. */
type Order = (batch: Batch) => Int32Array;

/** Parts by the names that `Combination` gives them: every name is here, or this does not compile. */
const orders: Record<Combination['order'], Order | undefined> = {
  given: undefined,
  path: (batch) => pathOrder(batch.gram()),
};
const decoders: Record<Combination['decoder'], (() => Decoder) | undefined> = {
  own: undefined,
  kriging: () => krigingDecoder,
};
const locators: Record<Combination['locator'], ((K: number, N: number, options: unknown) => Locator) | undefined> = {
  none: undefined,
  kriging: () => krigingLocator,
  approxifer: approxiferLocator,
};

export const defaultCombination: Combination = { order: 'given', decoder: 'own', locator: 'none' };

/**
 * The fewest workers with which the locator of these parts can tell liars from honest workers: ApproxIFER's fits 2(K+E)-1
 * numbers an output. 0 where the parts ask for no number of their own.
 */
export function locatorWorkers({ locator }: Combination, { K, S, E }: Tolerance): number {
  return locator === 'approxifer' && E > 0 ? 2 * (K + E) - 1 + S : 0;
}

/** The formula of `locatorWorkers`, for error messages. */
export const locatorFormula = '2(K+E)-1 + S for locator: approxifer';

/**
 * Joins a scheme with the parts its config entry names.
 * @throws UserError for parts that need answers of the base model when some workers run another
 */
export function composeCodec<Options>(
  scheme: Scheme<Options>,
  options: Options,
  combination: Combination,
  K: number,
  N: number,
): Codec {
  const order = orders[combination.order];
  const locator = locators[combination.locator]?.(K, N, options);
  const encoder = scheme.encoder(K, N, options);
  const needsBase = combination.decoder === 'kriging' ? 'decoder' : combination.locator === 'kriging' ? 'locator' : '';
  if (encoder.workerModels && needsBase) {
    throw new UserError(
      `${scheme.name} has workers with a model of their own; ${needsBase}: kriging needs one for all`,
    );
  }
  const own = scheme.decoder(K, N, options);
  return {
    encoder: order ? orderedEncoder(encoder, order) : encoder,
    decoder: decoders[combination.decoder]?.() ?? (order ? orderedDecoder(own) : own),
    ...(locator && { locator }),
  };
}

/** Encodes the batch in a batch-dependent order: the columns of the encoding matrix move with the queries. */
function orderedEncoder(encoder: Encoder, order: Order): Encoder {
  return {
    ...encoder,
    key: `${encoder.key};order=path`,
    dependsOnBatch: true,
    encode(batch) {
      const permutation = order(batch);
      const { matrix, ...rest } = encoder.encode(batch);
      // Such points were made in the order of the batch; only the matrix can be re-ordered
      if (rest.points) throw new UserError('order: path needs coded points that are sums of whole queries');
      const data = new Float64Array(matrix.data.length);
      for (let n = 0; n < matrix.rows; n++) {
        for (let p = 0; p < matrix.columns; p++) {
          data[n * matrix.columns + permutation[p]!] = matrix.data[n * matrix.columns + p]!;
        }
      }
      return { ...rest, matrix: { ...matrix, data }, order: permutation };
    },
  };
}

/** Decodes in the scheme's own order and puts the rows back where the queries were. */
function orderedDecoder(decoder: Decoder): Decoder {
  return {
    decode(received) {
      const { m, encoding } = received;
      const decoded = decoder.decode(received);
      const outputs = new Float64Array(decoded.outputs.length);
      const available = decoded.available && new Uint8Array(decoded.available.length);
      encoding.order!.forEach((query, p) => {
        outputs.set(decoded.outputs.subarray(p * m, (p + 1) * m), query * m);
        if (available) available[query] = decoded.available![p]!;
      });
      return { ...decoded, outputs, ...(available && { available }) };
    },
  };
}
