import * as z from 'zod';
import { UserError } from '../util/errors.ts';
import { berrutDecoder, berrutEncoder } from './berrut.ts';
import { type Locator, type Scheme, type Tolerance, unopenedLocator } from './codec.ts';
import { dctLocator } from './dct-locator.ts';
import { givenNodes } from './nodes.ts';

const options = z.strictObject({
  dimension: z
    .int()
    .min(1)
    .optional()
    .describe(
      'of the DCT code: answers count as polynomials of lower degree in the node (default: 4E fewer than the answers, if not below K)',
    ),
});
type SbaccOptions = z.output<typeof options>;

/** Workers on Chebyshev points of the first kind: there the answers are read as words of a DCT code. */
const nodes = 'first-kind';

/** A code of this dimension locates E liars among `dimension + 2E` answers. */
const workersFor = ({ S, E }: Tolerance, dimension: number) => (E > 0 ? dimension + 2 * E + S : S + 1);

/** SBACC (Borah & Harshan 2025): Berrut's code on nodes of the first kind, with a DCT code that locates liars. */
export const sbacc: Scheme<SbaccOptions> = {
  name: 'sbacc',
  summary: 'Berrut rational interpolation on first-kind nodes, liars located by a DCT code (Borah & Harshan 2025)',
  options,
  label: () => 'SBACC',
  workersFormula: 'dimension + 2E + S with Byzantine workers (dimension 1 where none is given)',
  minimumWorkers: (need, { dimension = need.K }) => workersFor(need, dimension),
  requiredWorkers: (need, { dimension = 1 }) => workersFor(need, dimension),
  encoder: (K, N) => berrutEncoder(K, N, nodes),
  decoder: (K, N) => berrutDecoder(K, N, nodes),
  combination: { locator: 'dct' },
};

/**
 * The locator that `locator: dct` adds to any scheme on Chebyshev nodes; on other than those of the first kind the code is
 * orthonormal polynomials on the nodes in place of the DCT.
 * @param options the scheme's: `nodes` (SBACC has its own), and where it has it `dimension`
 * @throws UserError when the scheme gives its workers no nodes
 */
export function sbaccLocator(K: number, N: number, options: unknown, scheme: string): Locator {
  const own = options as { nodes?: string | Float64Array; dimension?: number };
  const rule = scheme === sbacc.name ? nodes : own.nodes;
  if (!rule) throw new UserError('locator dct needs a scheme whose workers have nodes, such as sbacc, bacc or nercc');
  const beta = givenNodes(N, rule);
  return beta ? dctLocator(K, beta, own.dimension) : unopenedLocator;
}
