import { type Member, type Registry, registry } from '../util/registry.ts';

/** What a rule sees of a deployment. */
interface LambdaNeed {
  /** Answers that are waited for: N - S, or N where the straggler model itself says how many are late. */
  readonly n: number;
  /** Byzantine workers, called q or γ in the papers. */
  readonly q: number;
}

/**
 * How λ_dec follows from the size of a deployment, up to a factor that the papers leave open. They divide the sum of squares by
 * the number n of answers and this project does not, so each rule is n times what its paper prints.
 */
interface LambdaRule extends Member {
  lambda(need: LambdaNeed): number;
}

/** Every rule, by the name a config uses. */
export const lambdaRules: Registry<LambdaRule> = registry<LambdaRule>('λ rule', [
  {
    name: 'noiseless',
    summary: 'n·n^-4: answers without noise, stragglers only (order of arXiv 2406.00300)',
    lambda: ({ n }) => n ** -3,
  },
  {
    name: 'noisy',
    summary: 'n·n^-0.8: answers with noise of a fixed variance; the classical order of a cubic smoothing spline',
    lambda: ({ n }) => n ** 0.2,
  },
  {
    name: 'adversarial',
    summary: 'n·(q/n)^1.6, at least n·n^-4: q liars, no noise; λ^0.75 = (q/n)²·λ^-0.5 (rate of arXiv 2502.08058)',
    lambda: ({ n, q }) => n * Math.max((q / n) ** 1.6, n ** -4),
  },
  {
    name: 'regression-l2',
    summary: 'n·(q/n)^(4/3), at least n·n^-0.8: q corrupted of n noisy samples, mean squared error (arXiv 2505.17356)',
    lambda: ({ n, q }) => n * Math.max((q / n) ** (4 / 3), n ** -0.8),
  },
  {
    name: 'regression-sup',
    summary: 'n·(q/n)^(6/5), at least n·n^-0.8: q corrupted of n noisy samples, largest error (arXiv 2505.17356)',
    lambda: ({ n, q }) => n * Math.max((q / n) ** (6 / 5), n ** -0.8),
  },
]);

/** A rule as a config names it. */
export interface NamedRule {
  readonly rule: string;
  /** Factor. */
  readonly times: number;
}

/** λ_dec by a rule. */
export function lambdaByRule({ rule, times }: NamedRule, need: LambdaNeed): number {
  return times * lambdaRules.get(rule).lambda(need);
}
