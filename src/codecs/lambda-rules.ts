import { type Member, type Registry, registry } from '../util/registry.ts';

/** What a rule sees of a deployment. */
export interface LambdaNeed {
  /** Workers. */
  readonly N: number;
  /** Stragglers; 0 where the straggler model itself says how many there are. */
  readonly S: number;
  /** Byzantine workers, called q or γ in the papers. */
  readonly q: number;
}

/**
 * How λ_dec follows from the size of a deployment. The papers divide the sum of squares by the number n = N - S of answers and
 * this project does not, so each rule is n times what its paper prints.
 */
interface LambdaRule extends Member {
  lambda(need: LambdaNeed): number;
}

const answers = ({ N, S }: LambdaNeed) => N - S;

/** n·(q/n)^power, at least the value of a deployment where nobody lies. */
function againstLiars(power: number) {
  return (need: LambdaNeed) => {
    const n = answers(need);
    return n * Math.max((need.q / n) ** power, n ** -4);
  };
}

/** The same for noisy answers: below some share of liars the noise decides, n·n^(-4/5). */
function againstLiarsInNoise(power: number) {
  return (need: LambdaNeed) => {
    const n = answers(need);
    return n * Math.max((need.q / n) ** power, n ** -0.8);
  };
}

/** Every rule, by the name a config uses. */
export const lambdaRules: Registry<LambdaRule> = registry<LambdaRule>('λ rule', [
  {
    name: 'noiseless',
    summary: 'n·n^-4: answers without noise, stragglers only (Moradi et al., arXiv 2406.00300)',
    lambda: (need) => answers(need) ** -3,
  },
  {
    name: 'noisy',
    summary: 'n·n^-0.8: answers with noise of a fixed variance, the classical rate of cubic smoothing splines',
    lambda: (need) => answers(need) ** 0.2,
  },
  {
    name: 'adversarial',
    summary: 'n·(q/n)^(8/5): q liars with bounded answers, no noise; balances λ^(3/4) with (q/n)²λ^(-1/2) (arXiv 2502.08058)',
    lambda: againstLiars(8 / 5),
  },
  {
    name: 'regression-l2',
    summary: 'n·(q/n)^(4/3), at least n·n^-0.8: q corrupted samples of n noisy ones, mean squared error (arXiv 2505.17356)',
    lambda: againstLiarsInNoise(4 / 3),
  },
  {
    name: 'regression-sup',
    summary: 'n·(q/n)^(6/5), at least n·n^-0.8: q corrupted samples of n noisy ones, largest error (arXiv 2505.17356)',
    lambda: againstLiarsInNoise(6 / 5),
  },
]);
