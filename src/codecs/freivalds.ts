import { dot, multiplyTransposed, type PrimeField } from '../math/finite-field.ts';
import type { Matrix } from '../math/matrix.ts';

/**
 * The master's secret for one worker and one coded copy: `r` uniform on the field, `s = rᵀ·share`. It stays secret over the
 * iterations, since a worker learns nothing of it but that a wrong answer was refused, and is drawn anew when shares change.
 */
export interface VerificationKey {
  /** [rows of the share] */
  readonly r: Float64Array;
  /** [columns of the share] */
  readonly s: Float64Array;
}

/**
 * One pass over the share: the cost of one answer.
 * @param share [rows, columns]
 * @param r [rows], independent and uniform
 */
export function verificationKey(field: PrimeField, share: Matrix, r: Float64Array): VerificationKey {
  return { r, s: multiplyTransposed(field, r, share) };
}

/**
 * Whether `answer = share·x` (Freivalds 1977): `s·x = r·answer`. A right answer always passes, a wrong one with probability
 * exactly `1/q` over the choice of `r`. Costs `rows + columns` products.
 * @param x [columns]
 * @param answer [rows] of elements, or of anything a worker sent: a wrong length is wrong
 */
export function verify(field: PrimeField, key: VerificationKey, x: Float64Array, answer: Float64Array): boolean {
  if (answer.length !== key.r.length) return false;
  for (let i = 0; i < answer.length; i++)
    if (!Number.isInteger(answer[i]) || Math.abs(answer[i]!) > field.half) return false;
  return dot(field, key.s, x) === dot(field, key.r, answer);
}
