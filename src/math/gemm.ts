import { gemmWasm } from './gemm-wasm.ts';
import type { Matrix } from './matrix.ts';
import { instantiate } from './wasm.ts';

/**
 * The coded points `A·X` in single precision.
 * @param A [N, K]; rounded to single precision
 * @param X [K, D] row-major
 * @param out its first N·D numbers become [N, D]; must not overlap `X`
 * @throws RangeError when `X` has another length, or `out` is too short
 */
export function encodePoints(A: Matrix, X: Float32Array, D: number, out: Float32Array): void {
  requireShapes(A, X, D, out);
  if (A.rows === 0 || A.columns === 0 || D === 0) {
    out.fill(0, 0, A.rows * D);
    return;
  }
  if (kernel === undefined) kernel = instantiate<Kernel>(gemmWasm);
  if (kernel) multiplyInPanels(kernel, A, X, D, out);
  else encodePointsPlainly(A, X, D, out);
}

/** The same product in plain TypeScript, bit for bit: the reference, and what runs where there is no WebAssembly SIMD. */
export function encodePointsPlainly(A: Matrix, X: Float32Array, D: number, out: Float32Array): void {
  requireShapes(A, X, D, out);
  const { rows, columns } = A;
  const a = Float32Array.from(A.data);
  for (let i = 0; i < rows; i++) {
    for (let start = 0; start < D; start += 1024) {
      const end = Math.min(D, start + 1024);
      out.fill(0, i * D + start, i * D + end);
      for (let k = 0; k < columns; k++) {
        const factor = a[i * columns + k]!;
        const shift = (i - k) * D;
        for (let d = k * D + start; d < k * D + end; d++) {
          // rounded to single precision after each operation, in the order of the kernel
          out[d + shift] = Math.fround(out[d + shift]! + Math.fround(factor * X[d]!));
        }
      }
    }
  }
}

function requireShapes(A: Matrix, X: Float32Array, D: number, out: Float32Array): void {
  if (X.length !== A.columns * D) throw new RangeError(`${X.length} numbers do not fill X [${A.columns}, ${D}]`);
  if (out.length < A.rows * D) throw new RangeError(`${out.length} numbers do not hold the product [${A.rows}, ${D}]`);
}

interface Kernel {
  readonly memory: WebAssembly.Memory;
  /** See gemm.wat. */
  sgemm(a: number, b: number, c: number, rows: number, inner: number, stride: number): void;
}

/** Loaded at the first product; null where WebAssembly or its SIMD instructions are not available. */
let kernel: Kernel | null | undefined;

/** Bytes of the panels of X and of the product that are in the kernel's memory at a time: about a second-level cache. */
const panelBytes = 2 ** 20;

function multiplyInPanels({ memory, sgemm }: Kernel, A: Matrix, X: Float32Array, D: number, out: Float32Array): void {
  const { rows, columns } = A;
  const paddedRows = roundUp(rows, 4);
  // whole tiles of 8 columns; the padding is computed on whatever is in memory, and never read
  const width = Math.min(roundUp(D, 8), Math.max(8, roundUp(panelBytes / 4 / (columns + paddedRows) - 7, 8)));
  const b = roundUp(paddedRows * columns, 8);
  const c = b + columns * width;
  const floats = c + paddedRows * width;
  const missing = floats * 4 - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / 65536));
  const view = new Float32Array(memory.buffer);
  packTiles(A, view);
  for (let start = 0; start < D; start += width) {
    const count = Math.min(width, D - start);
    if (count === D && width === D) view.set(X, b);
    else for (let k = 0; k < columns; k++) view.set(X.subarray(k * D + start, k * D + start + count), b + k * width);
    sgemm(0, b * 4, c * 4, paddedRows, columns, width * 4);
    if (count === D && width === D) out.set(view.subarray(c, c + rows * D));
    else for (let i = 0; i < rows; i++) out.set(view.subarray(c + i * width, c + i * width + count), i * D + start);
  }
}

/** Writes A as the kernel reads it: four rows side by side, with rows of zeros at the end. */
function packTiles({ rows, columns, data }: Matrix, view: Float32Array): void {
  for (let i = 0; i < roundUp(rows, 4); i++) {
    const from = i * columns;
    let to = (i - (i % 4)) * columns + (i % 4);
    for (let k = 0; k < columns; k++, to += 4) view[to] = i < rows ? data[from + k]! : 0;
  }
}

function roundUp(count: number, multiple: number): number {
  return Math.ceil(count / multiple) * multiple;
}
