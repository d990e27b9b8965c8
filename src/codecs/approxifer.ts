import * as z from 'zod';
import { UserError } from '../util/errors.ts';
import { berrutDecoder, berrutEncoder } from './berrut.ts';
import { type Locator, type Scheme, type Tolerance, unopenedLocator } from './codec.ts';
import { givenNodes, nodeRule, nodesSuffix } from './nodes.ts';
import { normalisations, rationalLocator } from './rational-locator.ts';

const options = z.strictObject({
  nodes: nodeRule,
  workers: z
    .enum(['paper', 'scripts'])
    .default('paper')
    .describe('workers needed with Byzantine ones: 2(K+E)+S as the paper says, or one fewer as the authors run'),
  normalisation: z
    .enum(normalisations)
    .default('constant')
    .describe("scale of the locator's Q: Q(0) = 1 as published, or unit norm on the nodes"),
  bound: z.int().min(0).optional().describe('the scheme knows only that at most this many lie (default: it is told E)'),
});
type ApproxiferOptions = z.output<typeof options>;

function workersNeeded({ K, S, E }: Tolerance, { workers, bound = 0 }: ApproxiferOptions): number {
  const liars = Math.max(E, bound);
  if (liars === 0) return K + S;
  return 2 * (K + liars) + S - (workers === 'scripts' ? 1 : 0);
}

/** ApproxIFER (Soleymani et al., AAAI 2022): Berrut's code with a locator of Byzantine workers. */
export const approxifer: Scheme<ApproxiferOptions> = {
  name: 'approxifer',
  summary: 'Berrut rational interpolation with an error locator for Byzantine workers (Soleymani et al., AAAI 2022)',
  options,
  label: ({ nodes }) => `ApproxIFER${nodesSuffix(nodes)}`,
  workersFormula: 'K + S, with Byzantine workers 2(K+E) + S (one fewer with workers: scripts)',
  minimumWorkers: workersNeeded,
  requiredWorkers: workersNeeded,
  encoder: (K, N, { nodes }) => berrutEncoder(K, N, nodes),
  decoder: (K, N, { nodes }) => berrutDecoder(K, N, nodes),
  combination: { locator: 'approxifer' },
};

/**
 * The locator that `locator: approxifer` adds to any scheme on Chebyshev nodes. With `nodes: legacy` a tie of votes goes to the
 * larger number, since the authors' scripts drop the last E of an ascending sort; the paper does not say.
 * @param options the scheme's: `nodes` (a rule, or [N] in [-1, 1]), and where it has them `normalisation` and `bound`
 * @throws UserError when the scheme gives its workers no nodes
 */
export function approxiferLocator(K: number, N: number, options: unknown): Locator {
  const { nodes, ...rest } = options as Partial<Omit<ApproxiferOptions, 'nodes'> & { nodes: string | Float64Array }>;
  if (!nodes) {
    throw new UserError(
      'locator approxifer needs a scheme whose workers have nodes, such as approxifer, bacc or nercc, or matrix with nodes:',
    );
  }
  const beta = givenNodes(N, nodes);
  if (!beta) return unopenedLocator;
  return rationalLocator(K, beta, { ...rest, ties: nodes === 'legacy' ? 'larger' : 'smaller' });
}
