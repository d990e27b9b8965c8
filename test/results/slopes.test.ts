import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import type { CellKey } from '../../src/results/schema.ts';
import { againstBound, lineSlope, slopes } from '../../src/results/slopes.ts';
import { tellingColumns } from '../../src/results/sweep-lines.ts';
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
  const of = (key: CellKey) => new Float64Array(30).fill(key.N! ** -3 * Math.log(key.N!) ** 2.5);
  const [found] = slopes(cells, { of }, 0, -3);
  for (const value of [found!.slope, found!.low, found!.high]) expect(value).toBeCloseTo(2.5, 8);
});

test('a bound inside the interval is undecided, one at its upper end compatible, one below its lower end not', () => {
  const found = { N: sizes, low: -1.508, high: -0.717, trials: 200, carriedBy: 40, unmeasured: 0 };
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
      const number = (column: string) => (row[column] ? Number(row[column]) : Number.NaN);
      const told = againstBound(
        {
          N: Array.from({ length: number('points') }, (_, i) => i),
          low: number('low'),
          high: number('high'),
          trials: number('trials'),
          carriedBy: number('carried_by'),
          unmeasured: number('not_measured'),
        },
        number('bound'),
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
  const found = slopes([...all, ...twice], { of }, 0);
  expect(found.map(({ key }) => [key.S, key.E, key.lambda_dec])).toEqual([
    [0, 0, undefined],
    [1, 0, undefined],
  ]);
  expect(slopes([first!, cells[1]!], values, 0)).toEqual([]);
});

test('each given λ is a line of its own, and two of them at two values of N are none', () => {
  const key = (N: number, lambda_dec: number) => ({ key: cellKey({ N, lambda_dec }) });
  const of = ({ N, lambda_dec }: CellKey) => new Float64Array(50).fill(N! ** (lambda_dec === 1 ? -0.2 : -7));
  const cells = [16, 32, 64].flatMap((N) => [key(N, 1e-6), key(N, 1)]);
  const found = slopes(cells, { of }, 0);
  expect(found.map(({ key, slope }) => [key.lambda_dec, Number(slope.toFixed(6))])).toEqual([
    [1e-6, -7],
    [1, -0.2],
  ]);
  expect(slopes(cells.slice(0, 4), { of }, 0)).toEqual([]);
});

test('a scheme that decodes nothing is not measured, one that refuses batches has the trials that it decoded', () => {
  const { cells, values } = sweep(-2, 40, 0.1);
  const none = slopes(cells, { of: () => new Float64Array(40).fill(Number.NaN) }, 0)[0]!;
  expect(none).toMatchObject({ N: [], below: 0, unmeasured: 6, trials: 0 });
  expect(againstBound(none, -1)).toBe('not measured');
  const of = (key: CellKey) => values.of(key)!.map((value, trial) => (trial < 4 && key.N === 256 ? Number.NaN : value));
  const some = slopes(cells, { of }, 0)[0]!;
  expect(some).toMatchObject({ N: sizes, trials: 36, unmeasured: 0 });
  expect(againstBound(some, -1)).toBe('compatible');
});

test('few trials, or few that carry a mean, give no interval and no verdict', () => {
  const few = sweep(-2, 29);
  const short = slopes(few.cells, few.values, 0)[0]!;
  expect([short.low, short.high]).toEqual([Number.NaN, Number.NaN]);
  expect(againstBound(short, -1)).toBe('too few trials');
  const exact = slopes(few.cells, { of: () => new Float64Array(29) }, 0)[0]!;
  expect(againstBound(exact, -1)).toBe('too few trials');
  const { cells } = sweep(-2);
  const rare = slopes(cells, { of: ({ N }) => new Float64Array(200).fill(N! ** -2, 0, 7) }, 0)[0]!;
  expect(rare.carriedBy).toBeCloseTo(7, 10);
  expect(rare.slope).toBeCloseTo(-2, 10);
  expect(rare.low).toBeNaN();
  expect(againstBound(rare, -1)).toBe('too few carriers');
});

test('the columns that tell lines apart are those in which rows differ that are else alike', () => {
  const key = (changes: Partial<CellKey>) => cellKey({ S: 1, ...changes });
  const shown = ['scheme', 'attack'] as const;
  expect(tellingColumns([key({}), key({ scheme: 'NeRCC', S: 4 })], shown)).toEqual([]);
  expect(tellingColumns([key({}), key({ S: 4 }), key({ attack: 'none', lambda_dec: 1 })], shown)).toEqual(['S']);
});

test('lineSlope is that of the least-squares line', () => {
  expect(lineSlope([0, 1, 2], [1, 3, 5])).toBeCloseTo(2, 12);
  expect(lineSlope([0, 1, 2, 3], [0, 1, 0, 1])).toBeCloseTo(0.2, 12);
});
