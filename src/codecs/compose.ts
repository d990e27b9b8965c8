import { UserError } from '../util/errors.ts';
import { approxiferLocator } from './approxifer.ts';
import type {
  Codec,
  Combination,
  Decoded,
  Decoder,
  LinearDecoder,
  Locator,
  Order,
  Received,
  Scheme,
  Tolerance,
} from './codec.ts';
import { krigingDecoder } from './kriging-decoder.ts';
import { krigingLocator } from './kriging-locator.ts';
import { pathOrder } from './path-order.ts';
import { sbaccLocator } from './sbacc.ts';

/** Parts by the names that `Combination` gives them: every name is here, or this does not compile. */
const orders: Record<Combination['order'], Order | undefined> = {
  given: undefined,
  path: (batch) => pathOrder(batch.gram()),
};
const decoders: Record<Combination['decoder'], (() => Decoder) | undefined> = {
  own: undefined,
  kriging: () => krigingDecoder,
};
type LocatorMaker = (K: number, N: number, options: unknown, scheme: string) => Locator;
const locators: Record<Combination['locator'], LocatorMaker | undefined> = {
  none: undefined,
  kriging: () => krigingLocator,
  approxifer: approxiferLocator,
  dct: sbaccLocator,
};

export const defaultCombination: Combination = { order: 'given', decoder: 'own', locator: 'none' };

/**
 * The fewest workers with which the locator of these parts can tell liars from honest workers: ApproxIFER's fits 2(K+E)-1
 * numbers an output, a DCT code has a parity row for each. 0 where the parts ask for no number of their own.
 */
export function locatorWorkers({ locator }: Combination, { K, S, E }: Tolerance): number {
  if (E === 0) return 0;
  return locator === 'approxifer' ? 2 * (K + E) - 1 + S : locator === 'dct' ? 2 * E + 1 + S : 0;
}

/** The formula of `locatorWorkers`, for error messages. */
export const locatorFormula = '2(K+E)-1 + S for locator: approxifer, 2E+1 + S for locator: dct';

/**
 * Joins a scheme with the parts its config entry names.
 * @throws UserError for parts that need answers of the base model when some workers run another, and for an order of queries
 * that a coded point would not follow
 */
export function composeCodec<Options>(
  scheme: Scheme<Options>,
  options: Options,
  combination: Combination,
  K: number,
  N: number,
): Codec {
  const order = orders[combination.order];
  const locator = locators[combination.locator]?.(K, N, options, scheme.name);
  const encoder = scheme.encoder(K, N, options);
  const needsBase = combination.decoder === 'kriging' ? 'decoder' : combination.locator === 'kriging' ? 'locator' : '';
  if (encoder.workerModels && needsBase) {
    throw new UserError(
      `${scheme.name} has workers with a model of their own; ${needsBase}: kriging needs one for all`,
    );
  }
  // such points are made in the order of the batch; only the matrix can be re-ordered
  if (encoder.points && order) throw new UserError('order: path needs coded points that are sums of whole queries');
  const own = scheme.decoder(K, N, options);
  return {
    encoder: order ? { ...encoder, order } : encoder,
    decoder: decoders[combination.decoder]?.() ?? (order ? orderedDecoder(own) : own),
    ...(locator && { locator }),
  };
}

/** Decodes in the scheme's own order and puts the rows back where the queries were. Its matrix stays in the scheme's own order. */
function orderedDecoder(own: Decoder | LinearDecoder): Decoder | LinearDecoder {
  const decode = (received: Received) => inBatchOrder(own.decode(received), received);
  return 'decodingMatrix' in own ? { ...own, decode } : { decode };
}

/** What was decoded in the scheme's own order, with the rows where the queries were. */
export function inBatchOrder(decoded: Decoded, { m, encoding: { order } }: Received): Decoded {
  if (!order) return decoded;
  const outputs = new Float64Array(decoded.outputs.length);
  const available = decoded.available && new Uint8Array(decoded.available.length);
  order.forEach((query, p) => {
    outputs.set(decoded.outputs.subarray(p * m, (p + 1) * m), query * m);
    if (available) available[query] = decoded.available![p]!;
  });
  return { ...decoded, outputs, ...(available && { available }) };
}
