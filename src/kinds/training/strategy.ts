import { recoveryThreshold } from '../../codecs/lagrange.ts';

/** How a scheme survives faults. The schemes are in `schemes.ts`. */
export interface Strategy {
  /** `correct`: Reed-Solomon over all answers; `verify`: each answer on its own; `trust`: neither. */
  readonly wrongAnswers: 'trust' | 'correct' | 'verify';
  /** Wrong answers that `correct` is prepared for: it waits for two answers more for each. */
  readonly correctable: number;
  /**
   * When the code is changed for the workers that are left. `always`: whenever a late worker had to be waited for (the rule of
   * the AVCC paper), and back when that is no longer so; `paying`: where the waiting it saves in the iterations to come is more
   * than it costs. Both re-code when the honest workers are too few for the code.
   */
  readonly recode: 'never' | 'always' | 'paying';
}

/** The largest number of wrong answers a code of N workers can be prepared for, up to `E`. */
export function correctableErrors(K: number, T: number, N: number, E: number): number {
  return Math.min(E, Math.floor((N - recoveryThreshold({ K, T, degree: 1 })) / 2));
}
