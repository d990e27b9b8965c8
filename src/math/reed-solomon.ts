import { centre, inverse, inverses, multiplyElements, type PrimeField } from './finite-field.ts';

/** Coefficients of a polynomial over a field, constant term first, without leading zeros (the zero polynomial is empty). */
export type Polynomial = readonly number[];

function trimmed(coefficients: number[]): number[] {
  while (coefficients.length > 0 && coefficients.at(-1) === 0) coefficients.pop();
  return coefficients;
}

export function evaluate(field: PrimeField, p: Polynomial, x: number): number {
  let value = 0;
  for (let i = p.length - 1; i >= 0; i--) value = centre(field, value * x + p[i]!);
  return value;
}

export function multiplyPolynomials(field: PrimeField, a: Polynomial, b: Polynomial): Polynomial {
  if (a.length === 0 || b.length === 0) return [];
  const out = new Array<number>(a.length + b.length - 1).fill(0);
  for (let i = 0; i < a.length; i++)
    for (let j = 0; j < b.length; j++) out[i + j] = centre(field, out[i + j]! + a[i]! * b[j]!);
  return trimmed(out);
}

function subtract(field: PrimeField, a: Polynomial, b: Polynomial): Polynomial {
  const out: number[] = [];
  for (let i = 0; i < Math.max(a.length, b.length); i++) out.push(centre(field, (a[i] ?? 0) - (b[i] ?? 0)));
  return trimmed(out);
}

/** `a = quotient·b + remainder` with the remainder's degree below that of `b`. @throws RangeError when `b = 0` */
export function dividePolynomials(
  field: PrimeField,
  a: Polynomial,
  b: Polynomial,
): { quotient: Polynomial; remainder: Polynomial } {
  const leading = inverse(field, b.at(-1) ?? 0);
  const rest = [...a];
  const quotient = new Array<number>(Math.max(0, a.length - b.length + 1)).fill(0);
  for (let shift = a.length - b.length; shift >= 0; shift--) {
    const factor = multiplyElements(field, rest[shift + b.length - 1]!, leading);
    quotient[shift] = factor;
    for (let j = 0; j < b.length; j++) rest[shift + j] = centre(field, rest[shift + j]! - factor * b[j]!);
  }
  return { quotient: trimmed(quotient), remainder: trimmed(rest) };
}

/**
 * The polynomial of degree below `nodes.length` through `(nodes[i], values[i])`: the solution of the Vandermonde system, by
 * Newton's divided differences.
 * @throws RangeError when two nodes are equal
 */
export function interpolate(field: PrimeField, nodes: ArrayLike<number>, values: ArrayLike<number>): Polynomial {
  const differences = Array.from(values);
  for (let level = 1; level < nodes.length; level++) {
    const gaps = Array.from({ length: nodes.length - level }, (_, i) => centre(field, nodes[i + level]! - nodes[i]!));
    const scales = inverses(field, gaps);
    for (let i = nodes.length - 1; i >= level; i--) {
      const difference = centre(field, differences[i]! - differences[i - 1]!);
      differences[i] = multiplyElements(field, difference, scales[i - level]!);
    }
  }
  let p: number[] = [];
  for (let i = nodes.length - 1; i >= 0; i--) {
    const next = [differences[i]!, ...p]; // p·x + difference, then minus p·node
    for (let j = 0; j < p.length; j++) next[j] = centre(field, next[j]! - p[j]! * nodes[i]!);
    p = next;
  }
  return trimmed(p);
}

/** What Reed-Solomon decoding found. */
export interface CorrectedWord {
  /** The codeword's polynomial, of degree below `dimension`. */
  readonly polynomial: Polynomial;
  /** Places in `values` that were wrong, ascending. */
  readonly errors: number[];
}

/**
 * Reed-Solomon decoding by the extended Euclidean algorithm (Gao 2003, "A new algorithm for decoding Reed-Solomon codes").
 * Erasures are the nodes that are left out.
 * @param nodes distinct elements of the field
 * @param values what was received at the nodes
 * @param dimension the codeword is a polynomial of degree below this
 * @returns the one codeword that differs in at most `(nodes.length - dimension) / 2` places; undefined when there is none
 */
export function decodeReedSolomon(
  field: PrimeField,
  nodes: ArrayLike<number>,
  values: ArrayLike<number>,
  dimension: number,
): CorrectedWord | undefined {
  const n = nodes.length;
  if (n < dimension) return undefined;
  let g0: Polynomial = [1];
  for (let i = 0; i < n; i++) g0 = multiplyPolynomials(field, g0, [centre(field, -nodes[i]!), 1]);
  let g1 = interpolate(field, nodes, values);
  let v0: Polynomial = [];
  let v1: Polynomial = [1];
  // stop at the first remainder of degree below (n + dimension) / 2
  while (2 * (g1.length - 1) >= n + dimension) {
    const { quotient, remainder } = dividePolynomials(field, g0, g1);
    [g0, g1] = [g1, remainder];
    [v0, v1] = [v1, subtract(field, v0, multiplyPolynomials(field, quotient, v1))];
  }
  const { quotient, remainder } = dividePolynomials(field, g1, v1);
  if (remainder.length > 0 || quotient.length > dimension) return undefined;
  const errors: number[] = [];
  for (let i = 0; i < n; i++) if (evaluate(field, quotient, nodes[i]!) !== centre(field, values[i]!)) errors.push(i);
  return 2 * errors.length <= n - dimension ? { polynomial: quotient, errors } : undefined;
}
