import { basename } from 'node:path';
import { UserError } from '../util/errors.ts';
import { readUserFile, sha256 } from '../util/files.ts';
import { type NpyArray, parseNpy } from '../util/npy.ts';
import type { Dataset } from './dataset.ts';

/**
 * Opens `{npy: points, labels: labels}`: points [n, …] and integer labels [n], or points without labels. Floats are the points
 * as they are; integers are pixels 0 … 255, of whatever type, and become pixel / 255; booleans are 0 and 1.
 * @throws UserError when a file is missing, broken, or the two do not fit together; when a point holds NaN, infinity or an
 *   integer that is no pixel
 */
export async function openNpy(pointsPath: string, labelsPath?: string): Promise<Dataset> {
  const pointBytes = await readUserFile(pointsPath, 'point file');
  const points = parseNpy(pointBytes, pointsPath);
  const [count, ...shape] = points.shape;
  if (count === undefined || shape.length === 0) {
    throw new UserError(`${pointsPath} has shape [${points.shape}]; points need shape [n, …]`);
  }
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (count * size === 0) throw new UserError(`${pointsPath} has shape [${points.shape}]: it holds no points`);
  const data = numbersOf(points, shape, pointsPath);
  const scale = isFloat(points) ? 1 : 255;
  const labelBytes = labelsPath === undefined ? undefined : await readUserFile(labelsPath, 'label file');
  const classes = labelBytes && classesOf(parseNpy(labelBytes, labelsPath!), labelsPath!, count);
  return {
    name: basename(pointsPath),
    length: count,
    shape,
    sha256: sha256(`${sha256(pointBytes)}\n${labelBytes ? `${sha256(labelBytes)}\n` : ''}`),
    ...(classes && { label: (index: number) => classes[index]! }),
    async read(indices, out) {
      for (let i = 0; i < indices.length; i++) {
        const from = indices[i]! * size;
        for (let j = 0; j < size; j++) out[i * size + j] = data[from + j]! / scale;
      }
    },
  };
}

function isFloat({ data }: NpyArray): boolean {
  return data instanceof Float32Array || data instanceof Float64Array;
}

/** The numbers of points, each of them seen to be one that a model can be given. */
function numbersOf(points: NpyArray, shape: readonly number[], path: string) {
  const { data } = points;
  const float = isFloat(points);
  const size = shape.reduce((product, dim) => product * dim, 1);
  const numbers =
    data instanceof BigInt64Array || data instanceof BigUint64Array ? Float64Array.from(data, Number) : data;
  const isRight = float
    ? (value: number) => Number.isFinite(Math.fround(value)) // points are float32
    : (value: number) => value >= 0 && value <= 255;
  for (let at = 0; at < numbers.length; at++) {
    if (isRight(numbers[at]!)) continue;
    const index = Math.floor(at / size);
    const place = placeOf(at % size, shape);
    throw new UserError(
      float
        ? `${path}: point ${index} holds ${numbers[at]} at [${place}]; a model has no answer to that: mend the point or leave it out`
        : `${path}: point ${index} holds ${numbers[at]} at [${place}]; integers are pixels 0 … 255: save other numbers as float32`,
    );
  }
  return numbers;
}

/** The index along each axis of place `at` of a row-major array. */
function placeOf(at: number, shape: readonly number[]): number[] {
  let rest = at;
  return shape
    .toReversed()
    .map((dim) => {
      const index = rest % dim;
      rest = (rest - index) / dim;
      return index;
    })
    .reverse();
}

function classesOf(labels: NpyArray, path: string, count: number): number[] {
  if (labels.shape.length !== 1 || labels.shape[0] !== count) {
    throw new UserError(`${path} has shape [${labels.shape}]; the ${count} points need labels of shape [${count}]`);
  }
  const classes = Array.from(labels.data, Number);
  const wrong = classes.findIndex((label) => !Number.isInteger(label) || label < 0);
  if (wrong >= 0) {
    throw new UserError(
      `${path}: label ${wrong} is ${classes[wrong]}, not a class 0, 1, …; targets of a regression and missing labels are no ` +
        'classes: leave labels: out, and MSE and agreement are measured',
    );
  }
  return classes;
}
