import type { Matrix } from '../math/matrix.ts';
import type { Batch, Encoder, Encoding } from './codec.ts';

/** Whether an encoder looks at the batch; otherwise its encoding serves every batch. */
export function dependsOnBatch({ order, points, pointsOf }: Encoder): boolean {
  return order !== undefined || points !== undefined || pointsOf !== undefined;
}

/**
 * What the workers of one batch compute on.
 * @param made what `pointsOf` of the encoder made of the batch, where it has that
 */
export function encode(encoder: Encoder, batch: Batch, made?: Encoding['points']): Encoding {
  const order = encoder.order?.(batch);
  const points =
    made ?? (encoder.points && new Map([...encoder.points].map(([worker, rule]) => [worker, rule(batch)])));
  return {
    matrix: order ? withColumnsAt(encoder.matrix, order) : encoder.matrix,
    ...(order && { order }),
    ...(points && { points }),
  };
}

/** The matrix with its column `p` moved to `order[p]`. */
function withColumnsAt(matrix: Matrix, order: Int32Array): Matrix {
  const { rows, columns } = matrix;
  const data = new Float64Array(matrix.data.length);
  for (let n = 0; n < rows; n++) {
    for (let p = 0; p < columns; p++) data[n * columns + order[p]!] = matrix.data[n * columns + p]!;
  }
  return { ...matrix, data };
}

/**
 * Whether two encoders make the same coded points for the same models out of every batch: equal numbers, the same rules,
 * the same models on the same workers. Such points are inferred once.
 */
export function sameEncoding(a: Encoder, b: Encoder): boolean {
  if (a === b) return true;
  return (
    a.K === b.K &&
    a.N === b.N &&
    a.order === b.order &&
    a.pointsOf === b.pointsOf &&
    sameEntries(a.points, b.points) &&
    sameEntries(a.workerModels, b.workerModels) &&
    sameNumbers(a.matrix.data, b.matrix.data)
  );
}

function sameNumbers(a: Float64Array, b: Float64Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return a.length === b.length;
}

function sameEntries<T>(a: ReadonlyMap<number, T> = new Map(), b: ReadonlyMap<number, T> = new Map()): boolean {
  return a.size === b.size && [...a].every(([worker, value]) => b.get(worker) === value);
}
