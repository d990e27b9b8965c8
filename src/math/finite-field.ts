import { UserError } from '../util/errors.ts';
import { type Matrix, matrix } from './matrix.ts';

/**
 * The prime field `F_q` in doubles. An element is its centred residue, the integer `a` with `|a| ≤ (q-1)/2`: products of two
 * stay below `(q-1)²/4 < 2^50`, so that `lazyTerms` of them add up exactly before one reduction is due.
 */
export interface PrimeField {
  readonly q: number;
  /** `(q-1)/2`, the largest element. */
  readonly half: number;
  /** How many products of two elements, plus one element, may be summed before the sum must be reduced. */
  readonly lazyTerms: number;
}

/** `2^25 - 39`: the largest prime below 2^25. */
export const defaultPrime = 2 ** 25 - 39;

/**
 * @param q an odd prime below 2^26
 * @throws UserError when `q` is not one
 */
export function primeField(q: number): PrimeField {
  if (!Number.isInteger(q) || q < 3 || q >= 2 ** 26)
    throw new UserError(`q = ${q}: a field needs an odd prime below 2^26 = 67108864 (above it, doubles are not exact)`);
  if (!isPrime(q)) {
    let smaller = q - 1;
    while (smaller > 3 && !isPrime(smaller)) smaller--;
    throw new UserError(`q = ${q} is not an odd prime; the next smaller one is ${Math.max(3, smaller)}`);
  }
  const half = (q - 1) / 2;
  // 2q to spare: one carried element, and the multiple of q next to the sum must be exact too
  return { q, half, lazyTerms: Math.floor((Number.MAX_SAFE_INTEGER - 2 * q) / (half * half)) };
}

/** Trial division: enough for the numbers below 2^26 that a field takes. */
export function isPrime(n: number): boolean {
  if (!Number.isInteger(n) || n < 2) return false;
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
  return true;
}

/** The centred residue of an integer `|x| ≤ 2^53 - 2q`; never -0. */
export function centre({ q, half }: PrimeField, x: number): number {
  const r = x - q * Math.floor(x / q + 0.5);
  return (r > half ? r - q : r < -half ? r + q : r) + 0;
}

export function multiplyElements(field: PrimeField, a: number, b: number): number {
  return centre(field, a * b);
}

/**
 * `1 / a` by the extended Euclidean algorithm.
 * @throws RangeError when `a = 0`
 */
export function inverse(field: PrimeField, a: number): number {
  let r0 = field.q;
  let r1 = ((a % field.q) + field.q) % field.q;
  if (r1 === 0) throw new RangeError('0 has no inverse');
  let t0 = 0;
  let t1 = 1;
  while (r1 !== 1) {
    const quotient = Math.floor(r0 / r1);
    [r0, r1] = [r1, r0 - quotient * r1];
    [t0, t1] = [t1, t0 - quotient * t1];
  }
  return centre(field, t1);
}

/** The inverses of many elements with one extended Euclid (Montgomery's trick). @throws RangeError when one is 0 */
export function inverses(field: PrimeField, elements: ArrayLike<number>): Float64Array {
  const out = new Float64Array(elements.length);
  let product = 1;
  for (let i = 0; i < elements.length; i++) {
    out[i] = product;
    product = multiplyElements(field, product, elements[i]!);
  }
  let rest = inverse(field, product);
  for (let i = elements.length - 1; i >= 0; i--) {
    out[i] = multiplyElements(field, rest, out[i]!);
    rest = multiplyElements(field, rest, elements[i]!);
  }
  return out;
}

/**
 * Centred residues of the integers `values`, in a new array.
 * @param values integers, each at most 2^53 - 2q in size
 */
export function centreAll(field: PrimeField, values: ArrayLike<number>): Float64Array {
  const out = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) out[i] = centre(field, values[i]!);
  return out;
}

/** `Σ a_i b_i` of two vectors of elements, from place `offset` of `a`. */
export function dot(field: PrimeField, a: Float64Array, b: Float64Array, offset = 0): number {
  const { q } = field;
  const length = b.length;
  const scale = 1 / q;
  const stride = 4 * field.lazyTerms;
  let sum = 0;
  for (let start = 0; start < length; start += stride) {
    const end = Math.min(length, start + stride);
    // four sums side by side: the additions of one do not wait for those of another
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let j = start;
    for (; j + 3 < end; j += 4) {
      const i = offset + j;
      s0 += a[i]! * b[j]!;
      s1 += a[i + 1]! * b[j + 1]!;
      s2 += a[i + 2]! * b[j + 2]!;
      s3 += a[i + 3]! * b[j + 3]!;
    }
    for (; j < end; j++) sum += centre(field, a[offset + j]! * b[j]!);
    // representatives within [-1, q] are enough here; their sums stay far below 2^53
    s0 -= q * Math.floor(s0 * scale);
    s1 -= q * Math.floor(s1 * scale);
    s2 -= q * Math.floor(s2 * scale);
    s3 -= q * Math.floor(s3 * scale);
    sum += s0 + s1 + s2 + s3;
  }
  return centre(field, sum);
}

/**
 * `A·x` over the field.
 * @param a [rows, columns] of elements
 * @param x [columns] of elements
 * @param from,to the rows to compute; all when left out
 * @returns [to - from] elements
 */
export function multiplyVector(field: PrimeField, a: Matrix, x: Float64Array, from = 0, to = a.rows): Float64Array {
  if (x.length !== a.columns) throw new RangeError(`a vector of ${x.length} for ${a.columns} columns`);
  const out = new Float64Array(to - from);
  for (let i = from; i < to; i++) out[i - from] = dot(field, a.data, x, i * a.columns);
  return out;
}

/**
 * `xᵀ·A` over the field.
 * @param x [rows] of elements
 * @returns [columns] elements
 */
export function multiplyTransposed(field: PrimeField, x: Float64Array, a: Matrix): Float64Array {
  return multiplyMatrix(field, matrix(1, x.length, x), a).data;
}

/**
 * `A·B` over the field, made for few rows and columns of `A` and long rows of `B` (encoding, decoding).
 * @param a [n, k] of elements
 * @param b [k, d] of elements, as a matrix or as its rows
 * @returns [n, d]
 */
export function multiplyMatrix(field: PrimeField, a: Matrix, b: Matrix | readonly Float64Array[]): Matrix {
  const rows = 'data' in b ? rowsOf(b) : b;
  if (a.columns !== rows.length) throw new RangeError(`cannot multiply ${a.columns} columns by ${rows.length} rows`);
  const out = matrix(a.rows, 'data' in b ? b.columns : (b[0]?.length ?? 0));
  for (let n = 0; n < a.rows; n++) {
    const factors = a.data.subarray(n * a.columns, (n + 1) * a.columns);
    combine(field, factors, rows, out.data.subarray(n * out.columns, (n + 1) * out.columns));
  }
  return out;
}

function rowsOf({ rows, columns, data }: Matrix): Float64Array[] {
  return Array.from({ length: rows }, (_, i) => data.subarray(i * columns, (i + 1) * columns));
}

/** Columns that are summed at a time, so that their sums stay in the first-level cache. */
const tileColumns = 1024;

/** `out = Σ_k factors_k · rows_k`. @param out [d] zeros */
function combine(field: PrimeField, factors: Float64Array, rows: readonly Float64Array[], out: Float64Array): void {
  const used = Array.from(factors.keys()).filter((k) => factors[k] !== 0);
  if (used.length === 1 && factors[used[0]!] === 1) {
    out.set(rows[used[0]!]!); // a systematic code is full of these
    return;
  }
  for (let start = 0; start < out.length; start += tileColumns) {
    const end = Math.min(out.length, start + tileColumns);
    for (let next = 0; next < used.length; ) {
      const group = Math.min(used.length, next + field.lazyTerms);
      for (; next + 3 < group; next += 4) {
        const [k0, k1, k2, k3] = used.slice(next, next + 4) as [number, number, number, number];
        addFour(
          out,
          start,
          end,
          factors[k0]!,
          rows[k0]!,
          factors[k1]!,
          rows[k1]!,
          factors[k2]!,
          rows[k2]!,
          factors[k3]!,
          rows[k3]!,
        );
      }
      for (; next < group; next++) {
        const factor = factors[used[next]!]!;
        const row = rows[used[next]!]!;
        for (let j = start; j < end; j++) out[j]! += factor * row[j]!;
      }
      centreRange(field, out, start, end);
    }
  }
}

/** Four rows in one pass over the sums. */
function addFour(
  out: Float64Array,
  start: number,
  end: number,
  f0: number,
  r0: Float64Array,
  f1: number,
  r1: Float64Array,
  f2: number,
  r2: Float64Array,
  f3: number,
  r3: Float64Array,
): void {
  for (let j = start; j < end; j++) out[j]! += f0 * r0[j]! + f1 * r1[j]! + (f2 * r2[j]! + f3 * r3[j]!);
}

function centreRange({ q, half }: PrimeField, values: Float64Array, start: number, end: number): void {
  const scale = 1 / q; // a product instead of a division; the corrections below make up for its rounding
  for (let j = start; j < end; j++) {
    const r = values[j]! - q * Math.floor(values[j]! * scale + 0.5);
    values[j] = (r > half ? r - q : r < -half ? r + q : r) + 0;
  }
}

/**
 * The Lagrange basis on `nodes`, evaluated at `points`: row `p` takes values at the nodes to the value at point `p` of the
 * polynomial of degree below `nodes.length` through them (barycentric form, exact over a field).
 * @param nodes distinct elements
 * @returns [points, nodes]
 * @throws RangeError when two nodes are equal
 */
export function lagrangeMatrix(field: PrimeField, nodes: ArrayLike<number>, points: ArrayLike<number>): Matrix {
  const count = nodes.length;
  const products = new Float64Array(count).fill(1);
  for (let j = 0; j < count; j++)
    for (let l = 0; l < count; l++)
      if (l !== j) products[j] = multiplyElements(field, products[j]!, centre(field, nodes[j]! - nodes[l]!));
  const weights = inverses(field, products); // 0 has no inverse: equal nodes throw here
  const out = matrix(points.length, count);
  for (let p = 0; p < points.length; p++) {
    const distances = Float64Array.from(nodes, (node) => centre(field, points[p]! - node));
    const hit = distances.indexOf(0);
    if (hit >= 0) {
      out.data[p * count + hit] = 1;
      continue;
    }
    const whole = distances.reduce((product, distance) => multiplyElements(field, product, distance), 1);
    const inverted = inverses(field, distances);
    for (let j = 0; j < count; j++)
      out.data[p * count + j] = multiplyElements(field, whole, multiplyElements(field, weights[j]!, inverted[j]!));
  }
  return out;
}
