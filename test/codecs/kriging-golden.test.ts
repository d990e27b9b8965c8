import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { krigingWeights } from '../../src/codecs/kriging-decoder.ts';
import { placementMatrix } from '../../src/codecs/kriging-encoder.ts';
import { locateByKriging } from '../../src/codecs/kriging-locator.ts';
import { pathOrder } from '../../src/codecs/path-order.ts';
import { gramOf, matrixOf, multiply, rowsOf } from './arrays.ts';

type Rows = number[][];
interface Case {
  name: string;
  K: number;
  N: number;
  c: number;
  X: Rows;
  order: number[];
  E?: Rows;
  survivors: number[];
  Y: Rows;
  kernel: [string, number];
  nugget: number;
  decoded: Rows;
  attacked: number[];
  lies: Rows;
  located: number[];
}
/** Made by scripts/golden/kriging.py from the NumPy reference. */
const golden: {
  placements: { K: number; N: number; c: number; E: Rows }[];
  cases: Case[];
  given: {
    X: Rows;
    order: number[];
    E: Rows;
    survivors: number[];
    Y: Rows;
    kernel: [string, number, number];
    decoded: Rows;
  } & {
    attacked_rows: number[];
    located: number[];
  };
} = JSON.parse(readFileSync(new URL('../golden/kriging.json', import.meta.url), 'utf8'));

const nameOf = ([family, parameter]: readonly [string, number, ...unknown[]]) =>
  family === 'relu' ? `relu depth=${parameter}` : `${family} l=${parameter}`;

function expectClose(actual: Float64Array, expected: Rows, digits: number) {
  expected.flat().forEach((value, i) => {
    expect(actual[i]).toBeCloseTo(value, digits);
  });
}

describe('placement of the coded points, against the reference', () => {
  it.each(golden.placements)('K = $K, N = $N, c = $c', ({ K, N, c, E }) => {
    expectClose(placementMatrix(K, N, c).data, E, 13);
  });
});

const { given } = golden;
const cases: Case[] = [
  ...golden.cases,
  {
    ...{
      name: 'the vector that came with the reference',
      K: 8,
      N: 20,
      c: 0.5,
      X: given.X,
      order: given.order,
      E: given.E,
    },
    ...{ survivors: given.survivors, Y: given.Y, kernel: [given.kernel[0], given.kernel[1]], nugget: given.kernel[2] },
    ...{ decoded: given.decoded, attacked: given.attacked_rows, located: given.located },
    lies: given.attacked_rows.map((row) => given.Y[row]!.map((y) => -y)),
  },
];

describe.each(cases)('kriging against the reference: $name', (vector) => {
  const { K, N, c, X, order, survivors, Y } = vector;
  const encoding = vector.E ?? rowsOf(placementMatrix(K, N, c));
  const E = matrixOf(survivors.map((n) => encoding[n]!));
  const gram = gramOf(order.map((k) => X[k]!));

  it('orders the queries along the same path', () => {
    expect([...pathOrder(gramOf(X))]).toEqual(order);
  });

  it('chooses the same kernel and nugget and decodes the same values', () => {
    const { weights, choice } = krigingWeights(E, gram, matrixOf(Y));
    expect(choice).toEqual({ kernel: nameOf(vector.kernel), nugget: vector.nugget });
    expectClose(multiply(weights, matrixOf(Y)).data, vector.decoded, 8);
  });

  it('locates the same Byzantine workers', () => {
    const answers = Y.map((row, i) => vector.lies[vector.attacked.indexOf(i)] ?? row);
    expect(locateByKriging(E, gram, matrixOf(answers))).toEqual(vector.located);
  });
});
