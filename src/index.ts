/**
 * The library surface of approxifer: codes as pure functions of numbers. docs/how-to/library.md has an example.
 *
 * Letters as in the papers: `K` queries of dimension `D`, `N` workers, `F` the workers that answered, `m` outputs of the model.
 * Arrays are row-major, and their shapes are given as `[rows, columns]`. What cannot be computed throws a RangeError.
 * @packageDocumentation
 */
export { berrutMatrix } from './codecs/berrut.ts';
export { type VerificationKey, verificationKey, verify } from './codecs/freivalds.ts';
export { type KrigingChoice, krigingWeights } from './codecs/kriging-decoder.ts';
export { placementMatrix } from './codecs/kriging-encoder.ts';
export { locateByKriging } from './codecs/kriging-locator.ts';
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
export { berrut, type CodeSize, type LinearCode, nercc, type Smoothing } from './codecs/linear-code.ts';
export {
  chebyshevFirstKind,
  chebyshevSecondKind,
  coincidentNodes,
  legacyWorkerNodes,
  type NodeRule,
} from './codecs/nodes.ts';
export { amplification, parityCoefficients } from './codecs/parity.ts';
export { pathOrder } from './codecs/path-order.ts';
export { locatorVotes, type Normalisation } from './codecs/rational-locator.ts';
export { type SmoothingSpline, smoothingSpline } from './codecs/smoothing-spline.ts';
export { ConfigIssue } from './config/issues.ts';
export { multiplyVector, type PrimeField, primeField } from './math/finite-field.ts';
export { encodePoints } from './math/gemm.ts';
export { type Matrix, matrix } from './math/matrix.ts';
export { DecodeFailure, EnvironmentError, UserError } from './util/errors.ts';
