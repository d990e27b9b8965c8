import { instantiate } from '../math/wasm.ts';
import type { SplineKnots } from './spline-knots.ts';
import { splineWasm } from './spline-wasm.ts';

interface Kernel {
  readonly memory: WebAssembly.Memory;
  /** See spline.wat. */
  smooth(
    n: number,
    count: number,
    rows: number,
    inverse: number,
    interval: number,
    coefficients: number,
    factor: number,
    values: number,
    stride: number,
    width: number,
    delta: number,
    out: number,
    v: number,
    w: number,
  ): void;
}

/** Columns that are solved together. */
const blockColumns = 32;

/** The kernel with views of its memory; undefined until the first use, null where it cannot run. */
let loaded: { smooth: Kernel['smooth']; f64: Float64Array; i32: Int32Array } | null | undefined;
/** The knots that are in the kernel's memory. */
let present: SplineKnots | undefined;

function load(): typeof loaded {
  const kernel = instantiate<Kernel>(splineWasm);
  if (!kernel) return null;
  const { buffer } = kernel.memory;
  return { smooth: kernel.smooth, f64: new Float64Array(buffer), i32: new Int32Array(buffer) };
}

/**
 * Solves and evaluates a factored smoothing spline with WebAssembly SIMD.
 * @param factor [·, 3]: inverse pivot and the entries one and two below the diagonal; row `i+1` belongs to knot `i`
 * @returns [points, m]; undefined where the kernel cannot run, the problem does not fit its memory, or there is one knot
 */
export function smoothInKernel(
  knots: SplineKnots,
  factor: Float64Array,
  v: number,
  w: number,
  values: Float64Array,
  m: number,
): Float64Array | undefined {
  if (loaded === undefined) loaded = load();
  if (!loaded) return undefined;
  const { smooth, f64, i32 } = loaded;
  const n = knots.rows.length;
  const count = knots.interval.length;
  const width = Math.min(blockColumns, m + (m % 2));
  // places in doubles: the knots first, so that they can stay for the next call
  const coefficients = n + 2;
  const interval = coefficients + 4 * count;
  const rows = interval + Math.ceil(count / 2);
  const factors = rows + Math.ceil(n / 2);
  const delta = factors + factor.length;
  const out = delta + (n + 3) * width;
  const from = out + count * m + 1; // an odd last column writes one number too many
  if (n < 2 || from + values.length + 1 > f64.length) return undefined;
  if (present !== knots) {
    f64.set(knots.inverse);
    f64.set(knots.coefficients, coefficients);
    i32.set(knots.interval, 2 * interval);
    i32.set(knots.rows, 2 * rows);
    present = knots;
  }
  f64.set(factor, factors);
  f64.set(values, from);
  // the last block first: what it writes behind an odd last column is the next row's first, which the first block mends
  for (let start = m - 1 - ((m - 1) % blockColumns); start >= 0; start -= blockColumns) {
    const columns = Math.min(width, m - start + (m % 2));
    smooth(
      n,
      count,
      8 * rows,
      0,
      8 * interval,
      8 * coefficients,
      8 * (factors + 3),
      8 * (from + start),
      8 * m,
      8 * columns,
      8 * delta,
      8 * (out + start),
      v,
      w,
    );
  }
  return f64.slice(out, out + count * m);
}
