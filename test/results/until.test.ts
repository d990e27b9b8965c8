import { expect, test } from 'vitest';
import type { CellTrials } from '../../src/results/summaries.ts';
import { heldUpBy, looks, standings, stoppedBy } from '../../src/results/until.ts';
import { randomStream } from '../../src/util/random.ts';

const cell = (label: string, values: Float64Array, condition = 0): CellTrials => ({
  key: [],
  condition,
  label,
  values: new Map([['mse', values]]),
});
const drawn = (n: number, draw: (stream: ReturnType<typeof randomStream>) => number, key = 1) => {
  const stream = randomStream('until', key);
  return Float64Array.from({ length: n }, () => draw(stream));
};

test('the schedule of looks is fixed, and a larger cap only goes on with it', () => {
  expect(looks(100, 400)).toEqual([100, 150, 225, 338, 400]);
  expect(looks(100, 100)).toEqual([100]);
  expect(looks(10, 1000).slice(0, 6)).toEqual(looks(10, 100).slice(0, 6));
});

test('a mean is precise when its corrected half-width is below the share; later looks and more quantities ask for more', () => {
  const values = drawn(100, (stream) => 1 + 0.25 * stream.normal());
  const until = (share: number) => ({ precision: { mse: share }, minimum: 100 });
  // the half-width of 95 % is 5 % here
  expect(standings([cell('a', values)], until(0.06), 1)).toEqual(['precise']);
  expect(standings([cell('a', values)], until(0.04), 1)).toEqual(['wide']);
  expect(standings([cell('a', values)], until(0.06), 6)).toEqual(['wide']);
  expect(standings([cell('a', values), cell('b', values)], until(0.06), 6)).toEqual(['wide', 'wide']);
});

test('rare losses do not look converged, and nothing lost at all is undecided', () => {
  const until = { precision: { mse: 0.5 }, minimum: 100 };
  expect(standings([cell('a', new Float64Array(1000).fill(0.1))], until, 1)).toEqual(['few']);
  const rare = new Float64Array(10_000).fill(1);
  rare.fill(1.1, 0, 29);
  expect(standings([cell('a', rare)], until, 1)).toEqual(['few']);
  rare.fill(1.1, 0, 30);
  expect(standings([cell('a', rare)], until, 1)).toEqual(['precise']);
  expect([stoppedBy([]), stoppedBy(['precise', 'wide'])]).toEqual(['undecided', 'undecided']);
});

test('differences to a reference: precise as a share of its mean, or decided', () => {
  const base = drawn(200, (stream) => 1 + 0.5 * stream.normal());
  const noise = drawn(200, (stream) => 0.2 * stream.normal(), 2);
  const shifted = (by: number) => base.map((value, i) => value + by + noise[i]!);
  const until = { precision: { mse: 0.01 }, reference: 'base', minimum: 100 };
  const found = standings([cell('base', base), cell('far', shifted(0.3)), cell('near', shifted(0))], until, 1);
  expect(found).toEqual(['decided', 'unclear']);
  expect(standings([cell('base', base), cell('near', shifted(0))], { ...until, precision: { mse: 0.1 } }, 1)).toEqual([
    'precise',
  ]);
});

test('what held a run up is said by cell: few, wide, and unclear for a difference', () => {
  const base = drawn(200, (stream) => 1 + 0.5 * stream.normal());
  const near = base.map((value, i) => value + 0.2 * ((i % 3) - 1));
  const cells = [cell('base', base), cell('near', near), cell('same', new Float64Array(200).fill(2))];
  const held = (reference?: string) => {
    const found = heldUpBy(cells, { precision: { mse: 0.001 }, reference, minimum: 100 }, 1);
    return cells.map((one) => found.get(one));
  };
  expect(held()).toEqual([
    expect.stringMatching(/^mse wide \d+(\.\d)?%\/0\.1%$/),
    expect.stringMatching(/^mse wide \d+(\.\d)?%\/0\.1%$/),
    'mse few 0/30',
  ]);
  expect(held('base')).toEqual([undefined, expect.stringMatching(/^mse unclear [\d.]+%\/0\.1%$/), undefined]);
  expect(held('same')).toEqual([undefined, undefined, undefined]);
});

test('a half-width that is hardly too wide does not read as the one asked for', () => {
  const values = drawn(100, (stream) => 1 + 0.25 * stream.normal());
  const text = (share: number) =>
    heldUpBy([cell('a', values)], { precision: { mse: share }, minimum: 100 }, 1)
      .values()
      .next().value;
  const [, width] = /wide ([\d.]+)%/.exec(text(0.01)!)!;
  const [, nearly, asked] = /^mse wide ([\d.]+)%\/([\d.]+)%$/.exec(text(Number(width) / 100 - 1e-3)!)!;
  expect(Number(nearly)).toBeGreaterThan(Number(asked));
});

test('the interval of a run that stopped covers the mean about as often as one of a fixed length', () => {
  const ends = looks(100, 100_000);
  const runs = 400;
  let covered = 0;
  for (let run = 0; run < runs; run++) {
    const values = drawn(3000, (stream) => (stream.uniform() < 0.1 ? 1 : 0), run);
    const [place, end] = [...ends.entries()].find(
      ([at, n]) =>
        stoppedBy(standings([cell('a', values.subarray(0, n))], { precision: { mse: 0.3 }, minimum: 100 }, at + 1)) !==
        'undecided',
    )!;
    expect(place).toBeGreaterThan(0);
    const mean = values.subarray(0, end).reduce((sum, value) => sum + value, 0) / end;
    if (Math.abs(mean - 0.1) <= 1.96 * Math.sqrt((mean * (1 - mean)) / end)) covered++;
  }
  expect(covered / runs).toBeGreaterThan(0.92); // 3 standard errors below 0.95
});
