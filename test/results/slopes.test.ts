import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import type { CellKey } from '../../src/results/schema.ts';
import { againstBound, lineSlope, slopes } from '../../src/results/slopes.ts';
import { randomStream } from '../../src/util/random.ts';
import { cellKey } from '../helpers/run.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readRows = (file: string): Record<string, string>[] => parse(readFileSync(file), { columns: true });

const sizes = [64, 128, 256, 512, 1024, 2048];

/** Errors of `N^power` times a log-normal factor, with λ and E that follow N. */
function sweep(power: number, trials = 200, noise = 0.5, floor = 0) {
  const stream = randomStream('sweep', power);
  const cells = sizes.map((N) => ({ key: cellKey({ N, E: Math.round(N ** 0.3), lambda_dec: 1 / N }) }));
  const values = new Map<CellKey, Float64Array>(
    cells.map(({ key }) => [
      key,
      Float64Array.from({ length: trials }, () => Math.max(floor, key.N! ** power * Math.exp(noise * stream.normal()))),
    ]),
  );
  return { cells, values: { of: (key: CellKey) => values.get(key) } };
}

test('an exact power has its exponent as slope, with an interval of no width', () => {
  const { cells, values } = sweep(-3, 50, 0);
  const [found, ...others] = slopes(cells, values, 0);
  expect(others).toEqual([]);
  for (const value of [found!.slope, found!.low, found!.high]) expect(value).toBeCloseTo(-3, 10);
  expect(found!.N).toEqual(sizes);
  expect(againstBound(found!, -3 + 1e-9)).toBe('compatible');
  expect(againstBound(found!, -3.01)).toBe('not compatible');
});

test('with the power of N known, the slope is the power of log N', () => {
  const cells = sizes.map((N) => ({ key: cellKey({ N }) }));
  const of = (key: CellKey) => new Float64Array(20).fill(key.N! ** -3 * Math.log(key.N!) ** 2.5);
  const [found] = slopes(cells, { of }, 0, -3);
  for (const value of [found!.slope, found!.low, found!.high]) expect(value).toBeCloseTo(2.5, 8);
});

test('a bound inside the interval is undecided, one at its upper end compatible, one below its lower end not', () => {
  // Berrut's code under random liars, adversarial-a03, seed 2
  const found = { N: sizes, slope: -0.974, low: -1.508, high: -0.717 };
  expect(againstBound(found, -0.79)).toBe('undecided');
  expect(againstBound(found, -0.717)).toBe('compatible');
  expect(againstBound(found, -1.508)).toBe('undecided');
  expect(againstBound(found, -1.509)).toBe('not compatible');
});

test('the committed slopes have the verdict of their numbers', () => {
  const folder = path.join(root, 'results', 'reference');
  const files = readdirSync(folder).flatMap((name) =>
    readdirSync(path.join(folder, name)).flatMap((file) =>
      /^slopes.*\.csv$/.test(file) ? [path.join(name, file)] : [],
    ),
  );
  expect(files.length).toBeGreaterThan(20);
  const wrong = files.flatMap((file) =>
    readRows(path.join(folder, file)).flatMap((row) => {
      const numbers = [row.slope, row.low, row.high].map((text) => (text ? Number(text) : Number.NaN));
      const [slope, low, high] = numbers as [number, number, number];
      const points = Number(row.points);
      const told = againstBound(
        { N: Array.from({ length: points }, (_, i) => i), slope, low, high },
        Number(row.bound),
      );
      return told === row.verdict ? [] : [`${file}: ${row.scheme} ${row.attack}: ${row.verdict}, should be ${told}`];
    }),
  );
  expect(wrong).toEqual([]);
});

test('the interval holds the exponent in about 95 % of the runs', () => {
  let held = 0;
  for (let run = 0; run < 20; run++) {
    const { cells, values } = sweep(-2 - run / 1000, 60);
    const { low, high } = slopes(cells, values, 0)[0]!;
    if (low <= -2 - run / 1000 && -2 - run / 1000 <= high) held++;
  }
  expect(held).toBeGreaterThanOrEqual(16);
});

test('means at the floor are left out, and copies without error are exact', () => {
  const { cells, values } = sweep(-6, 50, 0, 1e-15);
  const [found] = slopes(cells, values, 2e-15);
  expect(found!.N).toEqual([64, 128, 256]);
  expect(found!.below).toBe(3);
  expect(found!.slope).toBeCloseTo(-6, 8);
  const zero = slopes(cells, { of: () => new Float64Array(50) }, 0)[0]!;
  expect(againstBound(zero, -3)).toBe('exact');
});

test('an N that comes twice stands for two lines, by S and E; two values of N are no line', () => {
  const { cells, values } = sweep(-1, 20, 0);
  const [first] = cells;
  const twice = cells.map(({ key }) => ({ key: { ...key, S: 1, E: 0 } }));
  const all = cells.map(({ key }) => ({ key: { ...key, S: 0, E: 0 } }));
  const of = (key: CellKey) => Float64Array.of(key.N! ** -1, key.N! ** -1);
  expect(slopes([...all, ...twice], { of }, 0)).toHaveLength(2);
  expect(slopes([first!, cells[1]!], values, 0)).toEqual([]);
});

test('lineSlope is that of the least-squares line', () => {
  expect(lineSlope([0, 1, 2], [1, 3, 5])).toBeCloseTo(2, 12);
  expect(lineSlope([0, 1, 2, 3], [0, 1, 0, 1])).toBeCloseTo(0.2, 12);
});
