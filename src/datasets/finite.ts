import { UserError } from '../util/errors.ts';

/**
 * Checks that points are numbers.
 * @param indices of the points in the data set
 * @param points [indices.length, D] row-major
 * @throws UserError that names the first point with NaN or an infinity
 */
export function checkFinite(name: string, indices: readonly number[], points: Float32Array): void {
  const size = points.length / indices.length;
  for (let at = 0; at < points.length; at++) {
    if (points[at]! - points[at]! === 0) continue;
    throw new UserError(
      `point ${indices[Math.floor(at / size)]} of dataset ${name} is not finite (its number ${at % size} is ${points[at]}); ` +
        'remove it from the data, or put a number there',
    );
  }
}
