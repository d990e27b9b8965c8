import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openClosedForm } from '../../src/models/closed-form.ts';
import { openModel } from '../../src/models/registry.ts';
import { modelSpecSchema } from '../../src/models/spec.ts';
import { randomStream } from '../../src/util/random.ts';

const mlp = { function: 'mlp', D: 5, hidden: 7, m: 3, seed: 4 } as const;

test('x-sin-x gives x·sin x of each number, in doubles', async () => {
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 6, maxLength: 6 }),
      async (x) => {
        const points = Float64Array.from(x);
        const same = openClosedForm({ function: 'x-sin-x', D: 3 });
        expect([...(await same.inferPrecisely!(points, 2))]).toEqual(x.map((t) => t * Math.sin(t)));
        const wider = openClosedForm({ function: 'x-sin-x', D: 2, m: 3 });
        const answers = await wider.inferPrecisely!(points, 3);
        expect(answers[2]).toBe(answers[0]); // output 2 is of number 2 mod 2
        expect(answers[4]).toBe(x[3]! * Math.sin(x[3]!));
      },
    ),
    { seed: 1, numRuns: 20 },
  );
});

test('the network is three affine layers with tanh between, written out again', async () => {
  const stream = randomStream('mlp', 4);
  const layer = (inputs: number, outputs: number) => ({
    W: Array.from({ length: outputs }, () => Array.from({ length: inputs }, () => stream.normal() / Math.sqrt(inputs))),
    b: Array.from({ length: outputs }, () => 0.1 * stream.normal()),
  });
  const layers = [layer(5, 7), layer(7, 7), layer(7, 3)];
  const x = [0.3, -1, 2, 0.5, -0.7];
  const expected = layers.reduce((input, { W, b }, depth) => {
    const sums = W.map((row, o) => row.reduce((sum, w, i) => sum + w * input[i]!, b[o]!));
    return depth < 2 ? sums.map(Math.tanh) : sums;
  }, x);
  const actual = await openClosedForm(mlp).inferPrecisely!(Float64Array.from(x), 1);
  expected.forEach((value, j) => {
    expect(actual[j]).toBeCloseTo(value, 13);
  });
});

test('single precision is the double answer, rounded', async () => {
  const model = openClosedForm(mlp);
  const points = Float32Array.from({ length: 10 }, (_, i) => Math.fround(Math.sin(i)));
  const precise = await model.inferPrecisely!(Float64Array.from(points), 2);
  expect([...(await model.infer(points, 2))]).toEqual([...Float32Array.from(precise)]);
});

test('the digest is of what the function is: defaults written out are the same, another seed is another model', async () => {
  const digest = async (written: object) => (await openModel(modelSpecSchema.parse(written))).sha256;
  expect(await digest({ function: 'x-sin-x' })).toBe(await digest({ m: 1, D: 1, function: 'x-sin-x' }));
  expect(await digest({ function: 'mlp' })).toBe(await digest({ function: 'mlp', D: 16, seed: 1 }));
  const others = [
    { function: 'mlp', seed: 2 },
    { function: 'mlp', hidden: 8 },
    { function: 'x-sin-x', D: 2 },
  ];
  expect(new Set(await Promise.all([{ function: 'mlp' }, ...others].map(digest))).size).toBe(4);
});
