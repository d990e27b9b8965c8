/** Softmax of each row, in place. @param values [rows, m] row-major */
export function softmaxRows(values: Float64Array, m: number): void {
  for (let start = 0; start < values.length; start += m) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let j = start; j < start + m; j++) largest = Math.max(largest, values[j]!);
    let sum = 0;
    for (let j = start; j < start + m; j++) {
      values[j] = Math.exp(values[j]! - largest);
      sum += values[j]!;
    }
    for (let j = start; j < start + m; j++) values[j]! /= sum;
  }
}
