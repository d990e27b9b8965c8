/**
 * Solves `min ‖A·x - b‖` by Householder reflections with column pivoting (Golub & Van Loan, Matrix Computations, 5.4.2).
 * @param columns A [n, d] **column by column**, n ≥ d ≥ 1; overwritten
 * @param b right-hand side [n]; overwritten
 * @returns x [d], or undefined when A has not full rank up to rounding: the solution is then not unique
 */
export function leastSquares(columns: Float64Array, b: Float64Array): Float64Array | undefined {
  const n = b.length;
  const d = columns.length / n;
  const order = Int32Array.from({ length: d }, (_, c) => c);
  const diagonal = new Float64Array(d);
  for (let k = 0; k < d; k++) {
    let largest = k;
    let norm = 0;
    for (let c = k; c < d; c++) {
      const tail = tailNorm(columns, order[c]! * n, k, n);
      if (tail > norm) {
        norm = tail;
        largest = c;
      }
    }
    const start = order[largest]! * n;
    order[largest] = order[k]!;
    order[k] = start / n;
    if (norm === 0) return undefined;
    // v = column ± norm·e_k, with the sign that does not cancel
    const head = columns[start + k]!;
    const alpha = head > 0 ? -norm : norm;
    diagonal[k] = alpha;
    columns[start + k] = head - alpha;
    const scale = 1 / (alpha * (alpha - head)); // 2 / vᵀv
    for (let c = k + 1; c < d; c++) reflect(columns, start, columns, order[c]! * n, k, n, scale);
    reflect(columns, start, b, 0, k, n, scale);
  }
  if (Math.abs(diagonal[d - 1]!) <= n * Number.EPSILON * Math.abs(diagonal[0]!)) return undefined;
  const x = new Float64Array(d);
  for (let k = d - 1; k >= 0; k--) {
    let value = b[k]!;
    for (let c = k + 1; c < d; c++) value -= columns[order[c]! * n + k]! * x[order[c]!]!;
    x[order[k]!] = value / diagonal[k]!;
  }
  return x;
}

function tailNorm(values: Float64Array, start: number, from: number, n: number): number {
  let sum = 0;
  for (let i = start + from; i < start + n; i++) sum += values[i]! * values[i]!;
  return Math.sqrt(sum);
}

/** `target -= scale·(vᵀ target)·v` on the entries `from` … n-1, v being the tail of a column. */
function reflect(
  columns: Float64Array,
  v: number,
  target: Float64Array,
  start: number,
  from: number,
  n: number,
  scale: number,
): void {
  let product = 0;
  for (let i = from; i < n; i++) product += columns[v + i]! * target[start + i]!;
  product *= scale;
  for (let i = from; i < n; i++) target[start + i]! -= product * columns[v + i]!;
}
