import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { berrutDecoder, berrutEncoder } from '../../src/codecs/berrut.ts';
import type { Received } from '../../src/codecs/codec.ts';
import { chebyshevFirstKind, chebyshevSecondKind } from '../../src/codecs/nodes.ts';
import { matrixScheme } from '../../src/external/matrix.ts';
import { leastSquaresRule } from '../../src/external/matrix-decoder.ts';
import { type Matrix, matrix } from '../../src/math/matrix.ts';
import { DecodeFailure } from '../../src/util/errors.ts';
import { npyBytes } from '../../src/util/npy.ts';
import { cli } from '../helpers/cli.ts';
import { temporaryFolder } from '../helpers/folder.ts';
import { subject } from './subject.ts';

/** All sets of `size` of the numbers below `N`, ascending. */
function subsets(N: number, size: number, from = 0): number[][] {
  if (size === 0) return [[]];
  return Array.from({ length: N - from }, (_, i) => from + i).flatMap((first) =>
    subsets(N, size - 1, first + 1).map((rest) => [first, ...rest]),
  );
}

/** Decoding matrices of BACC for all survivor sets of these sizes as a table [P, K, N]. */
function berrutTable(K: number, N: number, sizes: readonly number[]): { shape: number[]; data: Float64Array } {
  const decoder = berrutDecoder(K, N, 'default');
  const sets = sizes.flatMap((size) => subsets(N, size));
  const data = new Float64Array(sets.length * K * N);
  sets.forEach((set, p) => {
    const weights = decoder.decodingMatrix(Int32Array.from(set)).data;
    for (let k = 0; k < K; k++)
      for (const [i, w] of set.entries()) data[(p * K + k) * N + w] = weights[k * set.length + i]!;
  });
  return { shape: [sets.length, K, N], data };
}

async function trialsOf(folder: string): Promise<(scheme: string) => Record<string, string>[]> {
  const { code, stderr } = await cli(
    'run',
    path.join(folder, 'c.yaml'),
    '--out',
    path.join(folder, 'out'),
    '--jobs',
    '1',
  );
  expect(stderr).toContain('results in');
  expect(code).toBe(0);
  const rows: Record<string, string>[] = parse(readFileSync(path.join(folder, 'out', 'trials.csv'), 'utf8'), {
    columns: true,
  });
  return (scheme) => rows.filter((row) => row.scheme === scheme);
}

function close(ours: Record<string, string>[], theirs: Record<string, string>[], metrics: readonly string[]): void {
  expect(theirs).toHaveLength(ours.length);
  ours.forEach((row, i) => {
    for (const metric of metrics) {
      const [a, b] = [Number(row[metric]), Number(theirs[i]![metric])];
      expect(Math.abs(a - b), `${metric} of trial ${i}`).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(a)));
    }
  });
}

const head = 'name: own\nmodel: lenet5-mnist\ndataset: mnist\n';

test("BACC's matrices in files have BACC's numbers, with its locator and the kriging decoder too", async () => {
  const folder = temporaryFolder();
  const [K, N] = [2, 8];
  const save = (name: string, shape: number[], data: Float64Array | Float32Array) =>
    writeFileSync(path.join(folder, name), npyBytes(shape, data));
  save('A.npy', [N, K], berrutEncoder(K, N, 'default').matrix.data);
  save('beta.npy', [N], chebyshevSecondKind(N));
  const table = berrutTable(K, N, [8, 7, 6]);
  save('B.npy', table.shape, table.data);
  writeFileSync(
    path.join(folder, 'c.yaml'),
    `${head}K: ${K}\nN: ${N}\nS: 1\nE: [0, 1]\nattack: gaussian\ntrials: 4
schemes:
  - bacc: {locator: approxifer}
  - matrix: {encode: A.npy, decode: B.npy, nodes: beta.npy, locator: approxifer}
  - matrix: {encode: A.npy, decode: B.npy, nodes: default, locator: approxifer, label: by rule, order: path}
  - bacc: {locator: approxifer, label: path, order: path}
  - bacc: {decoder: kriging, locator: kriging, label: kriging}
  - matrix: {encode: A.npy, decoder: kriging, locator: kriging, label: kriging of A}
`,
  );
  const of = await trialsOf(folder);
  const metrics = ['mse', 'relacc', 'accuracy', 'locate_recall', 'locate_precision'];
  close(of('BACC'), of('A'), metrics);
  close(of('path'), of('by rule'), metrics);
  close(of('kriging'), of('kriging of A'), metrics);
  // another matrix is another scheme
  save('A.npy', [N, K], berrutEncoder(K, N, 'legacy').matrix.data);
  const again = await cli('run', path.join(folder, 'c.yaml'), '--out', path.join(folder, 'out'), '--trials', '5');
  expect(again.code).toBe(2);
  expect(again.stderr).toMatch(/another version of A-approxifer-locator: A\.npy \(encode\)/);
});

/** Values at `points` of the Lagrange polynomials on `nodes`: [points, nodes]. */
function lagrange(nodes: readonly number[], points: readonly number[]): number[][] {
  return points.map((x) =>
    nodes.map((node, k) => nodes.reduce((p, other, j) => (j === k ? p : (p * (x - other)) / (node - other)), 1)),
  );
}

function received(answers: number[], survivors: number[], K: number): Received {
  return {
    answers: Float64Array.from(answers),
    m: 1,
    survivors: Int32Array.from(survivors),
    encoding: { matrix: matrix(1, 1) },
    batch: { points: new Float32Array(K), K, D: 1, gram: () => matrix(K, K) },
    E: 0,
    random() {
      throw new Error('no randomness');
    },
  };
}

test("LCC's matrices: a linear function by the pseudo-inverse, a square by a table, both exactly", async () => {
  const folder = temporaryFolder();
  const [K, N] = [3, 7];
  const alpha = [...chebyshevFirstKind(K)];
  const beta = [...chebyshevSecondKind(N)].map((b) => 0.9 * b);
  const A = lagrange(alpha, beta);
  const save = (name: string, shape: number[], rows: number[][]) =>
    writeFileSync(path.join(folder, name), npyBytes(shape, Float64Array.from(rows.flat())));
  save('A.npy', [N, K], A);
  // f∘u has degree 2(K - 1): any 2(K - 1) + 1 workers interpolate it
  const sets = subsets(N, 2 * (K - 1) + 1);
  const table = sets.flatMap((set) => {
    const weights = lagrange(
      set.map((w) => beta[w]!),
      alpha,
    );
    return weights.map((row) => Array.from({ length: N }, (_, w) => row[set.indexOf(w)] ?? 0));
  });
  save('B.npy', [sets.length, K, N], table);
  const X = [0.3, -1.2, 2.5];
  const points = A.map((row) => row.reduce((sum, a, k) => sum + a * X[k]!, 0));
  const place = { folder, label: 'LCC', subject };
  const outputs = async (decode: 'pseudo-inverse' | 'least-squares' | 'B.npy', answers: number[], came: number[]) => {
    const opened = await matrixScheme.open({ encode: 'A.npy', decode }, place);
    const [outcome] = await opened.decode({ K, N }, [received(answers, came, K)]);
    return outcome instanceof DecodeFailure ? outcome.message : [...outcome!.outputs];
  };
  const linear = points.map((x) => 3 * x);
  const square = points.map((x) => x * x);
  const near = (values: number[]) => values.map((value) => expect.closeTo(value, 11));
  expect(await outputs('least-squares', linear, [1, 4, 6])).toEqual(near(X.map((x) => 3 * x)));
  for (const came of [
    [0, 1, 2, 4, 6],
    [0, 1, 2, 3, 4, 5, 6],
  ])
    expect(await outputs('B.npy', square, came)).toEqual(near(X.map((x) => x * x)));
  expect(await outputs('B.npy', square, [0, 1, 2, 4])).toMatch(/table needs a worker whose answer did not come/);
  expect(await outputs('least-squares', linear, [1, 4])).toBe('the 2 answers that are left determine 2 of 3 queries');
  expect(await outputs('pseudo-inverse', linear, [1, 4])).toHaveLength(K);
});

test('the decoding matrix is the pseudo-inverse: the four conditions of Penrose, whatever the rank', () => {
  const cases = fc.record({
    K: fc.integer({ min: 1, max: 6 }),
    n: fc.integer({ min: 1, max: 9 }),
    numbers: fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 54, maxLength: 54 }),
  });
  fc.assert(
    fc.property(cases, ({ K, n, numbers }) => {
      const A = { rows: n, columns: K, data: Float64Array.from(numbers.slice(0, n * K)) };
      const B = leastSquaresRule(A, false)(Int32Array.from({ length: n }, (_, i) => i));
      const AB = product(A, B);
      const BA = product(B, A);
      closeTo(product(AB, A).data, A.data);
      closeTo(product(BA, B).data, B.data);
      closeTo(AB.data, transposed(AB));
      closeTo(BA.data, transposed(BA));
    }),
    { seed: 1, numRuns: 200 },
  );
});

function product(a: Matrix, b: Matrix): Matrix {
  const result = matrix(a.rows, b.columns);
  for (let i = 0; i < a.rows; i++)
    for (let j = 0; j < b.columns; j++)
      for (let k = 0; k < a.columns; k++)
        result.data[i * b.columns + j]! += a.data[i * a.columns + k]! * b.data[k * b.columns + j]!;
  return result;
}

/** Of a square matrix. */
function transposed({ rows, data }: Matrix): Float64Array {
  return data.map((_, at) => data[(at % rows) * rows + Math.floor(at / rows)]!);
}

function closeTo(a: Float64Array, b: Float64Array): void {
  a.forEach((value, i) => {
    expect(Math.abs(value - b[i]!)).toBeLessThan(1e-8);
  });
}

const eye = Float64Array.of(1, 0, 0, 1, 1, 1);
const mistakes: [what: string, files: Record<string, Uint8Array>, entry: string, message: RegExp][] = [
  [
    'another size',
    { 'A.npy': npyBytes([3, 2], eye) },
    '{encode: A.npy}',
    /A\.npy is a matrix \[3, 2\].*N = 4 and K = 2 it must be \[4, 2\]/,
  ],
  [
    'no matrix',
    { 'A.npy': npyBytes([6], eye) },
    '{encode: A.npy}',
    /A\.npy is an array of shape \[6\]; right is \[N, K\]/,
  ],
  [
    'a number that is none',
    { 'A.npy': npyBytes([1, 2], Float32Array.of(1, Number.NaN)) },
    '{encode: A.npy}',
    /A\.npy has NaN in it/,
  ],
  ['no file', {}, '{encode: A.npy}', /A\.npy/],
  ['no encode', {}, '{}', /encode/],
  [
    'another word',
    {},
    '{encode: A.npy, decode: inverse}',
    /expected pseudo-inverse, least-squares or the name of a \.npy file/,
  ],
  [
    'a table of another code',
    { 'A.npy': npyBytes([4, 2], new Float64Array(8).fill(1)), 'B.npy': npyBytes([1, 4, 2], new Float64Array(8)) },
    '{encode: A.npy, decode: B.npy}',
    /B\.npy holds matrices \[4, 2\]; right is \[K, N\] = \[2, 4\]/,
  ],
  [
    'nodes twice',
    { 'A.npy': npyBytes([4, 2], new Float64Array(8).fill(1)), 'b.npy': npyBytes([4], new Float64Array(4)) },
    '{encode: A.npy, nodes: b.npy}',
    /b\.npy: nodes 0 and 1 are both 0/,
  ],
  [
    'nodes too far',
    { 'A.npy': npyBytes([4, 2], new Float64Array(8).fill(1)), 'b.npy': npyBytes([4], Int32Array.of(0, 1, 2, 3)) },
    '{encode: A.npy, nodes: b.npy}',
    /b\.npy has the node 2; nodes lie in \[-1, 1\]/,
  ],
  [
    'no nodes for the locator',
    { 'A.npy': npyBytes([4, 2], new Float64Array(8).fill(1)) },
    '{encode: A.npy, locator: approxifer}',
    /locator approxifer needs a scheme whose workers have nodes.*matrix with nodes:/,
  ],
];

test.each(mistakes)('%s is one line', async (_, files, entry, message) => {
  const folder = temporaryFolder();
  for (const [name, bytes] of Object.entries(files)) writeFileSync(path.join(folder, name), bytes);
  const config = path.join(folder, 'c.yaml');
  writeFileSync(config, `${head}K: 2\nN: 4\nS: 0\ntrials: 2\nschemes: [{matrix: ${entry}}]\n`);
  const { code, stderr } = await cli('run', config, '--out', path.join(folder, 'out'), '--jobs', '1');
  expect(code).toBe(2);
  const lines = stderr.split('\n').filter((line) => line.startsWith('approxifer: '));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(message);
  expect(lines[0]).toMatch(/c\.yaml:8:/);
});

test('without N the command says where it stands', async () => {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'c.yaml'), `${head}K: 2\nS: 0\ntrials: 2\nschemes: [{matrix: {encode: A.npy}}]\n`);
  const { code, stderr } = await cli('run', path.join(folder, 'c.yaml'), '--out', path.join(folder, 'out'));
  expect(code).toBe(2);
  expect(stderr).toMatch(/is not known before A\.npy is read; give N, its rows/);
});
