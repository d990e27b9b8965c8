import path from 'node:path';
import type { Dataset } from '../../datasets/dataset.ts';
import { labelsOf } from '../../datasets/labels.ts';
import { openDataset } from '../../datasets/registry.ts';
import { type Matrix, matrix } from '../../math/matrix.ts';
import { UserError } from '../../util/errors.ts';
import { readUserFile, sha256 } from '../../util/files.ts';
import type { LookupContext } from '../../util/folders.ts';
import type { TrainingDataset } from './config.ts';

/** Points of two classes. */
export interface LabelledPoints {
  /** [m, d], features in [0, 1] */
  readonly x: Matrix;
  /** [m], 0 or 1 */
  readonly y: Uint8Array;
}

export interface TwoClassData {
  /** As the `dataset` column prints it: `mnist 4/9`. */
  readonly name: string;
  readonly sha256: string;
  readonly train: LabelledPoints;
  readonly test: LabelledPoints;
}

/**
 * The data of a training config. MNIST: two of the digits, in the order of the files; GISETTE: the four text files of its
 * public distribution in one folder (features 0 … 999, labels ±1).
 * @throws UserError when files are missing or broken, or hold too few points
 */
export async function openTwoClassData(spec: TrainingDataset, context: LookupContext = {}): Promise<TwoClassData> {
  if ('gisette' in spec) return openGisette(path.resolve(context.folder ?? '', spec.gisette));
  const { classes, train, test } = spec.mnist;
  const [trainSet, testSet] = await Promise.all([openDataset('mnist-train', context), openDataset('mnist', context)]);
  return {
    name: `mnist ${classes.join('/')}`,
    sha256: sha256(`${trainSet.sha256}\n${testSet.sha256}\n`),
    train: await twoClasses(trainSet, classes, train),
    test: await twoClasses(testSet, classes, test),
  };
}

async function twoClasses(
  dataset: Dataset,
  classes: readonly [number, number],
  most: number | undefined,
): Promise<LabelledPoints> {
  const indices: number[] = [];
  const label = labelsOf(dataset);
  for (let i = 0; i < dataset.length; i++) if (classes.includes(label(i))) indices.push(i);
  if (indices.length < (most ?? 1))
    throw new UserError(`${dataset.name} has ${indices.length} images of ${classes.join(' and ')}, not ${most}`);
  const chosen = indices.slice(0, most);
  const size = dataset.shape.reduce((product, dim) => product * dim, 1);
  const pixels = new Float32Array(chosen.length * size);
  await dataset.read(chosen, pixels);
  return {
    x: matrix(chosen.length, size, Float64Array.from(pixels)),
    y: Uint8Array.from(chosen, (i) => (label(i) === classes[1] ? 1 : 0)),
  };
}

async function openGisette(folder: string): Promise<TwoClassData> {
  const texts: string[] = [];
  const part = async (name: string): Promise<LabelledPoints> => {
    // one after the other: the digest is over the files in this order
    const read = async (kind: string) => {
      const file = path.join(folder, `gisette_${name}.${kind}`);
      const text = (await readUserFile(file, 'GISETTE file')).toString();
      texts.push(sha256(text));
      return { file, lines: text.split('\n').filter((line) => line.trim() !== '') };
    };
    const data = await read('data');
    return parseGisette(data, await read('labels'));
  };
  const train = await part('train');
  const test = await part('valid');
  if (train.x.columns !== test.x.columns)
    throw new UserError(`${folder}: ${train.x.columns} features to train on but ${test.x.columns} to test with`);
  return { name: 'gisette', sha256: sha256(texts.join('\n')), train, test };
}

function parseGisette(
  data: { file: string; lines: string[] },
  labels: { file: string; lines: string[] },
): LabelledPoints {
  if (data.lines.length === 0 || data.lines.length !== labels.lines.length)
    throw new UserError(
      `${labels.file} has ${labels.lines.length} labels for the ${data.lines.length} rows of ${data.file}`,
    );
  const columns = data.lines[0]!.trim().split(/\s+/).length;
  const x = matrix(data.lines.length, columns);
  for (const [i, line] of data.lines.entries()) {
    const values = line.trim().split(/\s+/).map(Number);
    if (values.length !== columns || values.some((value) => !(value >= 0 && value <= 999)))
      throw new UserError(`${data.file}:${i + 1}: expected ${columns} numbers from 0 to 999`);
    for (let j = 0; j < columns; j++) x.data[i * columns + j] = values[j]! / 999;
  }
  const y = Uint8Array.from(labels.lines, (line, i) => {
    const label = Number(line);
    if (label !== 1 && label !== -1) throw new UserError(`${labels.file}:${i + 1}: expected the label 1 or -1`);
    return label === 1 ? 1 : 0;
  });
  return { x, y };
}
