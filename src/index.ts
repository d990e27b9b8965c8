/** The library surface of approxifer: codecs as pure functions. */

export { type VerificationKey, verificationKey, verify } from './codecs/freivalds.ts';
export {
  type CorrectedAnswers,
  correctAnswers,
  decodeAnswers,
  encodeShares,
  type LagrangeCode,
  lagrangeCode,
  recoveryThreshold,
  requiredWorkers,
} from './codecs/lagrange.ts';
export { multiplyVector, type PrimeField, primeField } from './math/finite-field.ts';
export type { Matrix } from './math/matrix.ts';
