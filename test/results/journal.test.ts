import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openJournal } from '../../src/results/journal.ts';
import { parseTrials, trialFormat, trialText } from '../../src/results/trials.ts';
import { temporaryFolder } from '../helpers/folder.ts';

const format = trialFormat(['scheme', 'trial', 'survivors', 'mse'], [['A, b'], ['C']], 2);
const values = (trial: number) => Float64Array.of(3, trial / 3, 4, trial % 2 ? Number.NaN : 1e-300 * trial);
const wanted = (count: number) => new Set(Array.from({ length: count }, (_, trial) => trial));

function finished(order: readonly number[]): string {
  const folder = temporaryFolder();
  const journal = openJournal(folder, format, wanted(order.length));
  for (const trial of order)
    journal.append(trial, values(trial), trial === 2 ? [{ cell: 1, reason: 'no,\n"answer"' }] : []);
  journal.finish();
  return folder;
}

test('the text of a trial reads back to the same doubles', () => {
  const parsed = parseTrials(format, Buffer.from(`${format.header}\n${trialText(format, 7, values(7))}`), 'trials.csv');
  expect(parsed?.trials.get(7)).toEqual(values(7));
});

test('the order in which trials end leaves no trace', () => {
  const [a, b] = [finished([0, 1, 2, 3]), finished([2, 0, 3, 1])];
  for (const file of ['trials.csv', 'failures.csv']) {
    expect(readFileSync(path.join(b, file), 'utf8')).toBe(readFileSync(path.join(a, file), 'utf8'));
  }
});

test('cut off at any byte, the journal loses only the trial under way', () => {
  const whole = finished([0, 1, 2, 3]);
  const text = readFileSync(path.join(whole, 'trials.csv'), 'utf8');
  const ends = [0, 1, 2, 3].map(
    (trial) =>
      format.header.length +
      1 +
      [0, 1, 2, 3]
        .slice(0, trial + 1)
        .map((t) => trialText(format, t, values(t)).length)
        .reduce((a, b) => a + b),
  );
  for (let length = 0; length <= text.length; length++) {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, 'trials.journal.csv'), text);
    truncateSync(path.join(folder, 'trials.journal.csv'), length);
    const journal = openJournal(folder, format, wanted(4));
    expect(journal.trials.size).toBe(ends.filter((end) => end <= length).length);
    for (const trial of [0, 1, 2, 3]) {
      if (!journal.trials.has(trial))
        journal.append(trial, values(trial), trial === 2 ? [{ cell: 1, reason: 'no,\n"answer"' }] : []);
    }
    journal.finish();
    expect(readFileSync(path.join(folder, 'trials.csv'), 'utf8')).toBe(text);
  }
});

test('a finished run is extended, keeping its failures; fewer trials and another plan are refused', () => {
  const folder = finished([0, 1, 2]);
  expect(() => openJournal(folder, format, wanted(2))).toThrow('already holds trial 2');
  expect(() =>
    openJournal(folder, trialFormat(['scheme', 'trial', 'survivors', 'mse'], [['A'], ['C']], 2), wanted(3)),
  ).toThrow('another experiment');
  expect(existsSync(path.join(folder, 'trials.csv'))).toBe(true);
  const journal = openJournal(folder, format, wanted(4));
  journal.append(3, values(3), []);
  journal.finish();
  const whole = finished([0, 1, 2, 3]);
  for (const file of ['trials.csv', 'failures.csv']) {
    expect(readFileSync(path.join(folder, file), 'utf8')).toBe(readFileSync(path.join(whole, file), 'utf8'));
  }
});

test('a journal that was damaged is refused with the place, and nothing changes before a trial is added', () => {
  const folder = finished([0, 1, 2]);
  const [file, journalFile] = ['trials.csv', 'trials.journal.csv'].map((name) => path.join(folder, name)) as [
    string,
    string,
  ];
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, `${text}"A, b",3,`);
  const journal = openJournal(folder, format, wanted(4));
  expect([readFileSync(file, 'utf8'), existsSync(journalFile)]).toEqual([`${text}"A, b",3,`, false]);
  journal.append(3, values(3), []);
  expect([existsSync(file), readFileSync(journalFile, 'utf8')]).toEqual([
    false,
    text + trialText(format, 3, values(3)),
  ]);

  writeFileSync(journalFile, text.replace('\nC,1,', '\nC,0,'));
  expect(() => openJournal(folder, format, wanted(4))).toThrow(`${journalFile}:5: trial 0 among the cells of trial 1`);
  writeFileSync(journalFile, text.replace('\nC,1,4', '\nC,1, '));
  expect(() => openJournal(folder, format, wanted(4))).toThrow(`${journalFile}:5: " " is not a number`);
});
