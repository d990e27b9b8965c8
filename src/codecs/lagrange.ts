import { centreAll, dot, lagrangeMatrix, multiplyMatrix, type PrimeField } from '../math/finite-field.ts';
import { type Matrix, matrix } from '../math/matrix.ts';
import { decodeReedSolomon, evaluate } from '../math/reed-solomon.ts';
import { UserError } from '../util/errors.ts';

/**
 * Lagrange coded computing over `F_q` (Yu et al. 2019, arXiv 1806.00939): `K` data blocks and `T` uniform masks are the values
 * of a polynomial `u` at the data and mask nodes; worker `i` gets `u(β_i)` and answers `f(u(β_i))`, a value of the polynomial
 * `f∘u` of degree `(K+T-1)·degree`.
 */
export interface LagrangeCode {
  readonly field: PrimeField;
  readonly K: number;
  /** Any `T` workers together learn nothing about the blocks from their shares. */
  readonly T: number;
  readonly N: number;
  /** Total degree of the workers' function `f`. */
  readonly degree: number;
  /** Right answers that decoding needs: `(K+T-1)·degree + 1`. */
  readonly threshold: number;
  /** [K], where `u` takes the blocks */
  readonly dataNodes: Float64Array;
  /** [N] */
  readonly workerNodes: Float64Array;
  /** [N, K+T]: a worker's share is its row times the blocks and the masks */
  readonly encoding: Matrix;
}

/** What a code has to survive, for the bounds on `N`. */
export interface CodeParameters {
  readonly K: number;
  readonly T: number;
  readonly degree: number;
  readonly S: number;
  /** Byzantine workers. */
  readonly E: number;
}

/** `(K+T-1)·degree + 1` answers determine the polynomial `f∘u`. */
export function recoveryThreshold({ K, T, degree }: Pick<CodeParameters, 'K' | 'T' | 'degree'>): number {
  return (K + T - 1) * degree + 1;
}

/**
 * The fewest workers: a wrong answer costs LCC two spare workers, and one where answers are verified (AVCC, arXiv 2107.12958).
 */
export function requiredWorkers(parameters: CodeParameters, wrongAnswerCosts: 1 | 2): number {
  return recoveryThreshold(parameters) + parameters.S + wrongAnswerCosts * parameters.E;
}

/**
 * @param workerNodes `β` [N], distinct; default `0 … N-1` for `T = 0` (the first `K` shares are then the blocks themselves) and
 *   `K+T … K+T+N-1` otherwise. The data and mask nodes are `0 … K+T-1`.
 * @throws UserError when the field, `N` or the nodes do not allow the code, or there is nothing to code
 */
export function lagrangeCode(
  field: PrimeField,
  { K, T, N, degree }: { K: number; T: number; N: number; degree: number },
  workerNodes?: ArrayLike<number>,
): LagrangeCode {
  // with K = 0 or degree 0 a single answer would be "enough", and nothing could be decoded from it
  for (const [name, value, least] of [
    ['K', K, 1],
    ['degree', degree, 1],
    ['T', T, 0],
  ] as const)
    if (!Number.isInteger(value) || value < least)
      throw new UserError(`${name} = ${value}: a Lagrange code needs a whole number of at least ${least}`);
  const threshold = recoveryThreshold({ K, T, degree });
  if (T >= N) throw new UserError(`T = ${T} colluding workers of N = ${N}: privacy needs T < N`);
  if (N < threshold)
    throw new UserError(
      `N = ${N} workers are too few: K = ${K}, T = ${T} and degree ${degree} need N ≥ (K+T-1)·degree + 1 = ${threshold}`,
    );
  const first = T === 0 ? 0 : K + T;
  if (first + N > field.q || K + T > field.q)
    throw new UserError(
      `q = ${field.q} has too few elements for N = ${N}, K = ${K} and T = ${T}: q ≥ N + K + T is enough`,
    );
  const nodes = centreAll(
    field,
    Array.from({ length: K + T }, (_, i) => i),
  );
  const betas = centreAll(field, workerNodes ?? Array.from({ length: N }, (_, i) => first + i));
  if (betas.length !== N || new Set(betas).size !== N)
    throw new UserError(`the worker nodes must be ${N} distinct elements of the field`);
  const dataNodes = nodes.subarray(0, K);
  const exposed = T > 0 ? betas.findIndex((beta) => dataNodes.includes(beta)) : -1;
  if (exposed >= 0)
    throw new UserError(
      `worker ${exposed} has the node of a data block (${betas[exposed]}) and would see the block itself: with T > 0 no worker node may be a data node`,
    );
  return {
    field,
    K,
    T,
    N,
    degree,
    threshold,
    dataNodes,
    workerNodes: betas,
    encoding: lagrangeMatrix(field, nodes, betas),
  };
}

/**
 * The workers' shares.
 * @param blocks [K, D] of elements, a block a row
 * @param masks [T, D], independent and uniform on the field; drawn anew for every encoding
 * @returns [N, D], worker `i`'s share in row `i`
 */
export function encodeShares(code: LagrangeCode, blocks: Matrix, masks: Matrix): Matrix {
  if (masks.rows !== code.T) throw new RangeError(`${masks.rows} masks for T = ${code.T}`);
  const rows = [blocks, masks].flatMap(({ rows: count, columns, data }) =>
    Array.from({ length: count }, (_, i) => data.subarray(i * columns, (i + 1) * columns)),
  );
  return multiplyMatrix(code.field, code.encoding, rows);
}

/**
 * Decoding from right answers only.
 * @param workers who answered, at least `threshold` of them; the first `threshold` are used
 * @param answers [D'] of elements each, in the order of `workers`
 * @returns [K, D'], `f` of each block
 * @throws RangeError when there are too few answers
 */
export function decodeAnswers(
  code: LagrangeCode,
  workers: readonly number[],
  answers: readonly Float64Array[],
): Matrix {
  if (workers.length < code.threshold)
    throw new RangeError(`${workers.length} answers; decoding needs ${code.threshold}`);
  const nodes = workers.slice(0, code.threshold).map((worker) => code.workerNodes[worker]!);
  const basis = lagrangeMatrix(code.field, nodes, code.dataNodes);
  return multiplyMatrix(code.field, basis, answers.slice(0, code.threshold));
}

/** What decoding with errors found. */
export interface CorrectedAnswers {
  /** [K, D'] */
  readonly outputs: Matrix;
  /** Workers whose answer was wrong somewhere, ascending. */
  readonly liars: number[];
}

/**
 * Decoding where some answers are wrong: with `n` answers, up to `(n - threshold) / 2` wrong ones are corrected in every
 * coordinate (Reed-Solomon). The wrong workers are sought once, in a random combination of all coordinates; the result is then
 * checked in every coordinate, and only where that fails are the coordinates decoded one by one.
 * @param combination [D'] elements that the workers could not know when they answered
 * @returns undefined when no codeword is within reach: more answers are wrong than can be corrected
 */
export function correctAnswers(
  code: LagrangeCode,
  workers: readonly number[],
  answers: readonly Float64Array[],
  combination: Float64Array,
): CorrectedAnswers | undefined {
  if (workers.length < code.threshold) return undefined;
  const { field, threshold } = code;
  if (consistent(code, workers, answers)) return { outputs: decodeAnswers(code, workers, answers), liars: [] };
  const nodes = workers.map((worker) => code.workerNodes[worker]!);
  const combined = answers.map((answer) => dot(field, answer, combination));
  const errors = decodeReedSolomon(field, nodes, combined, threshold)?.errors;
  if (errors !== undefined) {
    const right = workers.map((_, i) => i).filter((i) => !errors.includes(i));
    const rightWorkers = right.map((i) => workers[i]!);
    const rightAnswers = right.map((i) => answers[i]!);
    if (consistent(code, rightWorkers, rightAnswers))
      return {
        outputs: decodeAnswers(code, rightWorkers, rightAnswers),
        liars: errors.map((i) => workers[i]!).sort((a, b) => a - b),
      };
  }
  return correctEachCoordinate(code, workers, answers);
}

/** Whether all answers lie on polynomials of degree below the threshold. */
function consistent(code: LagrangeCode, workers: readonly number[], answers: readonly Float64Array[]): boolean {
  const { field, threshold } = code;
  if (workers.length === threshold) return true;
  const nodes = workers.map((worker) => code.workerNodes[worker]!);
  const basis = lagrangeMatrix(field, nodes.slice(0, threshold), nodes.slice(threshold));
  const predicted = multiplyMatrix(field, basis, answers.slice(0, threshold)).data;
  return answers.slice(threshold).every((answer, extra) => {
    const offset = extra * answer.length;
    return answer.every((value, j) => value === predicted[offset + j]);
  });
}

function correctEachCoordinate(
  code: LagrangeCode,
  workers: readonly number[],
  answers: readonly Float64Array[],
): CorrectedAnswers | undefined {
  const nodes = workers.map((worker) => code.workerNodes[worker]!);
  const width = answers[0]!.length;
  const outputs = matrix(code.K, width);
  const liars = new Set<number>();
  for (let j = 0; j < width; j++) {
    const word = decodeReedSolomon(
      code.field,
      nodes,
      answers.map((answer) => answer[j]!),
      code.threshold,
    );
    if (word === undefined) return undefined;
    for (const i of word.errors) liars.add(workers[i]!);
    for (let k = 0; k < code.K; k++)
      outputs.data[k * width + j] = evaluate(code.field, word.polynomial, code.dataNodes[k]!);
  }
  return { outputs, liars: [...liars].sort((a, b) => a - b) };
}
