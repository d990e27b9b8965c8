import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { trialFormat } from '../../src/kinds/inference/format.ts';
import type { MetricName } from '../../src/metrics/table.ts';
import { csvLine } from '../../src/results/csv.ts';
import { digestOfContent, type FileDigests } from '../../src/results/manifest.ts';
import { keyColumns } from '../../src/results/schema.ts';
import { type Journal, openJournal } from '../../src/runs/journal.ts';
import { temporaryFolder } from '../helpers/folder.ts';

const key = (scheme: string) => keyColumns.map((column) => (column === 'scheme' ? scheme : ''));
const metrics: MetricName[] = ['mse'];
const format = trialFormat([key('A, b'), key('C')], metrics);
const values = (trial: number) => Float64Array.of(3, trial / 3, 4, trial % 2 ? Number.NaN : 1e-300 * trial);
const wanted = (count: number) => Array.from({ length: count }, (_, trial) => String(trial));
const outcome = (trial: number) => ({
  result: values(trial),
  failures: trial === 2 ? [{ cell: 1, reason: 'no,\n"answer"' }] : [],
});
const open = (folder: string, count: number, known?: FileDigests) =>
  openJournal({ folder, known }, format, wanted(count));
const addMissing = (journal: Journal<Float64Array>, count: number) => {
  for (const unit of wanted(count)) if (!journal.outcomes.has(unit)) journal.append(unit, outcome(Number(unit)));
};

function finished(order: readonly number[]): { folder: string; digests: FileDigests } {
  const folder = temporaryFolder();
  const journal = open(folder, order.length);
  for (const trial of order) journal.append(String(trial), outcome(trial));
  const { digests } = journal.finish();
  journal.settle();
  return { folder, digests };
}

const content = (folder: string, name: string) => readFileSync(path.join(folder, name), 'utf8');

test('the order in which units end leaves no trace, and nothing but the finished files stays', () => {
  const [a, b] = [finished([0, 1, 2, 3]), finished([2, 0, 3, 1])];
  for (const file of ['trials.csv', 'failures.csv']) {
    expect(content(b.folder, file)).toBe(content(a.folder, file));
    expect(a.digests[file]).toBe(digestOfContent(file, readFileSync(path.join(a.folder, file))));
  }
  expect(existsSync(path.join(a.folder, 'trials.journal.csv'))).toBe(false);
  expect(open(a.folder, 4, a.digests).outcomes.get('2')).toEqual({
    result: values(2),
    failures: [{ cell: 1, reason: 'no, "answer"' }],
  });
});

test('cut off at any byte, the journal loses only the unit under way', () => {
  const { folder: whole } = finished([0, 1, 2, 3]);
  const source = temporaryFolder();
  addMissing(open(source, 4), 4);
  const text = readFileSync(path.join(source, 'trials.journal.csv'));
  const ends = [...text.toString().matchAll(/^#.*\n/gm)].map(({ index, 0: line }) => index + line.length);
  expect(ends).toHaveLength(4);
  const folder = temporaryFolder();
  for (let length = 0; length <= text.length; length++) {
    writeFileSync(path.join(folder, 'trials.journal.csv'), text.subarray(0, length));
    const journal = open(folder, 4);
    expect(journal.outcomes.size).toBe(ends.filter((end) => end <= length).length);
    addMissing(journal, 4);
    journal.finish();
    for (const file of ['trials.csv', 'failures.csv']) expect(content(folder, file)).toBe(content(whole, file));
  }
});

test('no flipped bit of a journal is taken for a result', () => {
  const source = temporaryFolder();
  addMissing(open(source, 4), 4);
  const text = readFileSync(path.join(source, 'trials.journal.csv'));
  const folder = temporaryFolder();
  const { folder: whole } = finished([0, 1, 2, 3]);
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.nat(7), (at, bit) => {
      const damaged = Buffer.from(text);
      damaged[at]! ^= 1 << bit;
      rmSync(path.join(folder, 'trials.csv'), { force: true });
      writeFileSync(path.join(folder, 'trials.journal.csv'), damaged);
      let journal: Journal<Float64Array>;
      try {
        journal = open(folder, 4);
      } catch {
        return;
      }
      // a flip at the end may look like a unit that was cut off: it is computed again
      addMissing(journal, 4);
      journal.finish();
      expect(content(folder, 'trials.csv')).toBe(content(whole, 'trials.csv'));
    }),
    { seed: 5, numRuns: 1000 },
  );
});

test('a finished run is extended, keeping its failures; fewer units and another plan are refused', () => {
  const { folder, digests } = finished([0, 1, 2]);
  expect(() => open(folder, 2, digests)).toThrow('already holds trial 2');
  const other = trialFormat([key('A'), key('C')], metrics);
  expect(() => openJournal({ folder, known: digests }, other, wanted(3))).toThrow('another experiment');
  const journal = open(folder, 4, digests);
  expect(existsSync(path.join(folder, 'trials.journal.csv'))).toBe(false);
  addMissing(journal, 4);
  journal.finish();
  const { folder: whole } = finished([0, 1, 2, 3]);
  for (const file of ['trials.csv', 'failures.csv']) expect(content(folder, file)).toBe(content(whole, file));
});

test('a finished file that is not what the run wrote is refused; where nobody knows, what no run writes is', () => {
  const { folder, digests } = finished([0, 1, 2]);
  const file = path.join(folder, 'trials.csv');
  const text = content(folder, 'trials.csv');
  writeFileSync(file, text.replace(',3,', ',4,'));
  expect(() => open(folder, 3, digests)).toThrow('is not what the run wrote');
  expect(open(folder, 3).outcomes.size).toBe(3);
  writeFileSync(file, text.replaceAll('\n', '\r\n'));
  expect(() => open(folder, 3, digests)).toThrow();
  writeFileSync(file, text);
  rmSync(path.join(folder, 'failures.csv'));
  expect(() => open(folder, 3, digests)).toThrow('failures.csv: is not what the run wrote');

  const prefix = csvLine(key('C'));
  writeFileSync(file, text.replace(`\n${prefix},1,`, `\n${prefix},0,`));
  expect(() => open(folder, 3)).toThrow(`${file}:5: trial 0 among the cells of trial 1`);
  writeFileSync(file, text.replace(`\n${prefix},1,4`, `\n${prefix},1, `));
  expect(() => open(folder, 3)).toThrow(`${file}:5: " " is not a number`);
  writeFileSync(file, text.slice(0, -5));
  expect(() => open(folder, 3)).toThrow('is cut off');
});

test('a unit with files counts only while they are what it wrote', () => {
  const folder = temporaryFolder();
  const journal = open(folder, 2);
  journal.append('0', { ...outcome(0), files: { 'points.npy': Uint8Array.of(1, 2, 3) } });
  journal.append('1', outcome(1));
  expect([...open(folder, 2).outcomes.keys()]).toEqual(['0', '1']);
  expect(journal.finish().digests['points.npy']).toMatch(/^[0-9a-f]{64}$/);
  writeFileSync(path.join(folder, 'points.npy'), 'no');
  expect([...open(folder, 2).outcomes.keys()]).toEqual(['1']);
});

test('what was cut off at the end is forgotten, also where it was read with the units before it', () => {
  const { folder: whole } = finished([0, 1, 2, 3]);
  const folder = temporaryFolder();
  addMissing(open(folder, 2), 2);
  const before = readFileSync(path.join(folder, 'trials.journal.csv'));
  open(folder, 4).append('3', outcome(3));
  const text = readFileSync(path.join(folder, 'trials.journal.csv'));
  expect(text.length).toBeGreaterThan(before.length);
  writeFileSync(path.join(folder, 'trials.journal.csv'), text.subarray(0, -1));
  const journal = open(folder, 4);
  expect(journal.outcomes.get('1')).toEqual(outcome(1));
  addMissing(journal, 4);
  journal.finish();
  expect(content(folder, 'trials.csv')).toBe(content(whole, 'trials.csv'));
});
