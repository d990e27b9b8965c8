import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { calibrate, needsCalibration, withoutCalibration } from '../../src/coded/calibrate.ts';
import { imagePool } from '../../src/coded/draw.ts';
import { makePlan } from '../../src/coded/plan.ts';
import type { Dataset } from '../../src/datasets/dataset.ts';
import { openDataset } from '../../src/datasets/registry.ts';
import { parseExperiment } from '../../src/kinds/inference/config.ts';
import type { Model } from '../../src/models/model.ts';
import { openModel } from '../../src/models/registry.ts';
import { randomStream } from '../../src/util/random.ts';
import { cli } from '../helpers/cli.ts';
import { temporaryFolder } from '../helpers/folder.ts';

const D = 3;
const dataset: Dataset = {
  name: 'points',
  length: 200,
  shape: [D],
  sha256: '',
  async read(indices, out) {
    indices.forEach((index, row) => {
      const stream = randomStream('points', index);
      for (let d = 0; d < D; d++) out[row * D + d] = stream.normal();
    });
  },
};

/** A model of one output a point. */
const modelOf = (f: (x: number[]) => number): Model => ({
  name: 'f',
  sha256: '',
  runtime: 'test',
  inputShape: [D],
  outputs: 1,
  async infer(points, count) {
    return Float32Array.from({ length: count }, (_, i) => f([...points.subarray(i * D, (i + 1) * D)]));
  },
  async dispose() {},
});
/** Mixtures of two queries are worth as much as queries. */
const linear = modelOf(([a, b, c]) => a! - 2 * b! + 0.5 * c!);
/** Right at queries, and nonsense between them: off the sphere of radius of each query the sign is random. */
const queries = new Set<string>();
const spiteful = modelOf((x) =>
  queries.has(String(x.map((v) => v.toFixed(4)))) ? x[0]! : 40 * Math.sin(1e4 * x[0]! + 3e3 * x[1]!),
);

const planOf = (c: number | 'auto', S = 3, size = { K: 6, N: 12 }) =>
  makePlan(
    parseExperiment({
      name: 'c',
      model: 'lenet5-mnist',
      dataset: 'mnist',
      ...size,
      S,
      trials: 1,
      schemes: [{ kriging: { placement: { c } } }, 'replication'],
    }),
  );

test('only c: auto asks for a calibration', () => {
  expect(needsCalibration(planOf('auto'))).toBe(true);
  expect(needsCalibration(planOf(0.5))).toBe(false);
});

test('copies are chosen where the model is wild between queries', async () => {
  const all = new Float32Array(dataset.length * D);
  await dataset.read(
    Array.from({ length: dataset.length }, (_, i) => i),
    all,
  );
  for (let i = 0; i < dataset.length; i++)
    queries.add(String([...all.subarray(i * D, (i + 1) * D)].map((v) => v.toFixed(4))));
  const copies = await calibrate(planOf('auto'), spiteful, dataset);
  expect(copies.lines[0]).toContain('"c":0}');
  expect(copies.plan.cells[0]!.codec.encoder.matrix).toEqual(planOf(0).cells[0]!.codec.encoder.matrix);
  expect(copies.plan.cells[1]!.codec.encoder).toEqual(planOf('auto').cells[1]!.codec.encoder);
});

test('mixtures are chosen for LeNet5, with their path', async () => {
  const [model, digits] = await Promise.all([openModel('lenet5-mnist'), openDataset('mnist')]);
  const planFor = (c: number | 'auto') => planOf(c, 1, { K: 8, N: 12 });
  const { plan, lines } = await calibrate(planFor('auto'), model, digits);
  await model.dispose();
  expect(lines[0]).toContain('"c":0.25}');
  const [cell] = plan.cells;
  expect(cell!.codec.encoder.matrix).toEqual(planFor(0.25).cells[0]!.codec.encoder.matrix);
  expect(cell!.codec.encoder.order).toBe(planFor(0.25).cells[0]!.codec.encoder.order);
});

test('a calibration chooses the same each time', async () => {
  const choices = await Promise.all([1, 2].map(async () => (await calibrate(planOf('auto'), linear, dataset)).choices));
  expect(choices[0]).toEqual(choices[1]);
});

test('what an earlier calibration chose is not tried again', async () => {
  const first = await calibrate(planOf('auto'), linear, dataset);
  let asked = 0;
  const counted: Model = {
    ...linear,
    infer(points, count) {
      asked += count;
      return linear.infer(points, count);
    },
  };
  const again = await calibrate(planOf('auto'), counted, dataset, first.choices);
  expect(asked).toBe(0);
  expect(again.lines).toEqual(first.lines);
  expect(again.plan.cells[0]!.codec.encoder.matrix).toEqual(first.plan.cells[0]!.codec.encoder.matrix);
});

test('its 32 queries are in no reported batch and in no search', () => {
  for (const length of [40, 200, 1000])
    for (const [purpose, tunes] of [
      ['report', false],
      ['report', true],
      ['tune', true],
    ] as const) {
      const usual = imagePool(purpose, tunes, length);
      const pool = withoutCalibration(usual, length);
      const left = Array.from({ length: pool.size }, (_, i) => pool.at(i));
      const before = Array.from({ length: usual.size }, (_, i) => usual.at(i));
      const gone = before.filter((index) => !left.includes(index));
      expect(new Set(left).size).toBe(left.length);
      expect(left.every((index) => before.includes(index))).toBe(true);
      if (!tunes) expect(gone).toHaveLength(Math.min(32, length / 2));
    }
});

test('what a calibration chose holds for one order and decoder alone', async () => {
  const auto = { placement: { c: 'auto' } };
  const plan = makePlan(
    parseExperiment({
      name: 'c',
      model: { function: 'x-sin-x' },
      dataset: { uniform: { D: 1 } },
      K: 6,
      N: 12,
      S: 3,
      trials: 1,
      schemes: [{ kriging: auto }, { kriging: { ...auto, order: 'given', label: 'as they come' } }],
    }),
  );
  const { choices } = await calibrate(plan, linear, dataset);
  expect(choices).toHaveLength(plan.cells.length);
});

test('what was chosen is told in a line that is no warning', async () => {
  const file = path.join(temporaryFolder(), 'auto.yaml');
  const model = { model: { function: 'mlp', D: 2, m: 3 }, dataset: { normal: { D: 2 } } };
  const size = { K: 2, N: 4, S: 1, trials: 1, schemes: [{ kriging: { placement: { c: 'auto' } } }] };
  writeFileSync(file, JSON.stringify({ name: 'auto', ...model, ...size }));
  const { code, stderr } = await cli('run', file, '--out', path.join(temporaryFolder(), 'out'), '--jobs', '1');
  expect(code).toBe(0);
  expect(stderr).toMatch(/^Kriging\S* with K = 2, N = 4, S = 1, logits: calibration chose {"placement":{"c":/m);
  expect(stderr).not.toContain('warning');
});
