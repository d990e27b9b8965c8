import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Received } from '../../src/codecs/codec.ts';
import { composeCodec, defaultCombination } from '../../src/codecs/compose.ts';
import { dctLocator, locatorValues } from '../../src/codecs/dct-locator.ts';
import { chebyshevFirstKind, chebyshevSecondKind, coincidentNodes, workerNodes } from '../../src/codecs/nodes.ts';
import { sbacc } from '../../src/codecs/sbacc.ts';
import { makePlan } from '../../src/coded/plan.ts';
import { parseExperiment } from '../../src/kinds/inference/config.ts';
import { randomStream, sampleWithoutReplacement } from '../../src/util/random.ts';

/** Answers [N, m] that are polynomials of degree below `dimension` in the node: words of the code. */
function words(nodes: Float64Array, dimension: number, m: number, seed: number): Float64Array {
  const stream = randomStream('words', seed);
  const answers = new Float64Array(nodes.length * m);
  for (let j = 0; j < m; j++) {
    const coefficients = Array.from({ length: dimension }, () => stream.normal());
    nodes.forEach((t, n) => {
      answers[n * m + j] = coefficients.reduce((sum, c, k) => sum + c * Math.cos(k * Math.acos(t)), 0);
    });
  }
  return answers;
}

const sizes = fc.record({
  dimension: fc.integer({ min: 1, max: 12 }),
  E: fc.integer({ min: 1, max: 4 }),
  S: fc.integer({ min: 0, max: 3 }),
  spare: fc.integer({ min: 0, max: 4 }),
  m: fc.integer({ min: 1, max: 5 }),
  seed: fc.nat(10_000),
});

test.each(['first-kind', 'default'] as const)('without noise every liar is located exactly, at %s nodes', (rule) => {
  fc.assert(
    fc.property(sizes, ({ dimension, E, S, spare, m, seed }) => {
      const N = dimension + 2 * E + S + spare;
      const stream = randomStream('liars', seed);
      const late = new Set(sampleWithoutReplacement(stream, N, S));
      const survivors = Int32Array.from({ length: N }, (_, n) => n).filter((n) => !late.has(n));
      const liars = sampleWithoutReplacement(stream, survivors.length, E).map((place) => survivors[place]!);
      const nodes = workerNodes(N, rule);
      const answers = words(nodes, dimension, m, seed);
      for (const liar of liars) for (let j = 0; j < m; j++) answers[liar * m + j]! += 3 + stream.uniform();
      const received = { answers, m, survivors, E } as Received;
      expect([...dctLocator(4, nodes, dimension).locate(received)]).toEqual(liars.sort((a, b) => a - b));
    }),
    { seed: 3, numRuns: 60 },
  );
});

test('rows of the DCT from `dimension` on vanish on honest words: the code is the DCT code on first-kind nodes', () => {
  const [N, dimension] = [16, 6];
  const answers = words(chebyshevFirstKind(N), dimension, 1, 1);
  for (let k = 0; k < N; k++) {
    const row = answers.reduce((sum, y, n) => sum + y * Math.cos((Math.PI * k * (2 * n + 1)) / (2 * N)), 0);
    if (k >= dimension) expect(Math.abs(row)).toBeLessThan(1e-12);
    else expect(Math.abs(row)).toBeGreaterThan(1e-3);
  }
});

test('the locator polynomial vanishes at the liars alone', () => {
  const nodes = chebyshevFirstKind(20);
  const answers = words(nodes, 8, 2, 5);
  for (const liar of [3, 11]) answers[2 * liar]! += 5;
  const values = locatorValues(nodes, answers, 8, 2);
  values.forEach((value, n) => {
    if (n === 3 || n === 11) expect(value).toBeLessThan(1e-8);
    else expect(value).toBeGreaterThan(1e-3);
  });
});

test('an answer that is not finite is excluded, and spares a liar', () => {
  const nodes = chebyshevFirstKind(16);
  const answers = words(nodes, 5, 1, 2);
  answers[4] = Number.NaN;
  answers[9]! += 7;
  const survivors = Int32Array.from(nodes.keys());
  expect([...dctLocator(5, nodes).locate({ answers, m: 1, survivors, E: 2 } as Received)]).toEqual([4, 9]);
});

test('SBACC is Berrut on nodes of the first kind with the DCT locator', () => {
  const codec = composeCodec(sbacc, {}, { ...defaultCombination, ...sbacc.combination }, 4, 12);
  const bacc = makePlan(
    parseExperiment({
      name: 's',
      model: 'lenet5-mnist',
      dataset: 'mnist',
      K: 4,
      N: 12,
      E: 2,
      attack: 'sign-flip',
      trials: 1,
      schemes: [{ bacc: { nodes: 'first-kind', locator: 'dct' } }, 'sbacc'],
    }),
  );
  expect(bacc.codedBatches).toHaveLength(1);
  expect(codec.encoder.matrix.data).toEqual(bacc.cells[0]!.codec.encoder.matrix.data);
  expect(bacc.cells.map(({ entry }) => entry.label)).toEqual(['BACC-first-kind-dct-locator', 'SBACC']);
  expect(codec.locator).toBeDefined();
});

test('it needs dimension + 2E + S workers, and says so', () => {
  expect(sbacc.minimumWorkers({ K: 8, S: 1, E: 2 }, {})).toBe(13);
  expect(sbacc.minimumWorkers({ K: 8, S: 1, E: 2 }, { dimension: 10 })).toBe(15);
  expect(sbacc.minimumWorkers({ K: 8, S: 1, E: 0 }, {})).toBe(2);
});

test('first-kind nodes of queries and workers coincide where the doubles do', () => {
  for (const [K, N] of [
    [4, 12],
    [3, 9],
    [5, 8],
    [8, 8],
  ] as const) {
    const alpha = chebyshevFirstKind(K);
    const beta = workerNodes(N, 'first-kind');
    const equal = [...alpha].flatMap((a, k) => [...beta].flatMap((b, n) => (Math.abs(a - b) < 1e-12 ? [[k, n]] : [])));
    expect(coincidentNodes(K, N, 'first-kind')).toEqual(equal);
  }
  expect([...workerNodes(7, 'default')]).toEqual([...chebyshevSecondKind(7)]);
});

test('with however few answers the locator names workers that answered, at most E of them', () => {
  const few = fc.record({
    N: fc.integer({ min: 1, max: 12 }),
    E: fc.integer({ min: 1, max: 4 }),
    K: fc.integer({ min: 1, max: 6 }),
    dimension: fc.option(fc.integer({ min: 1, max: 14 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(few, ({ N, E, K, dimension }) => {
      const survivors = Int32Array.from({ length: N }, (_, n) => n);
      const answers = words(workerNodes(N, 'first-kind'), 2, 2, N);
      const located = dctLocator(K, workerNodes(N, 'first-kind'), dimension).locate({
        answers,
        m: 2,
        survivors,
        E,
      } as Received);
      expect(located.length).toBeLessThanOrEqual(E);
      expect([...located].every((worker) => survivors.includes(worker))).toBe(true);
    }),
    { seed: 5, numRuns: 200 },
  );
});
