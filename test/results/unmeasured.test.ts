import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { describe, expect, it } from 'vitest';
import { checkRun } from '../../src/gate/gate.ts';
import { readResults, readSummary } from '../../src/results/read.ts';
import { markdown } from '../../src/tables/markdown.ts';
import { paperTable } from '../../src/tables/table.ts';
import { summaryRow, writeRun } from '../helpers/run.ts';

/** A run as approxifer would have written it before it had these columns. */
function without(columns: RegExp): string {
  const folder = writeRun([
    summaryRow({ scheme: 'BACC' }, { mse: [1, 2, 3], agreement: [1, 0.5, 1] }),
    summaryRow({ scheme: 'NeRCC' }, { mse: [1, 1, 2], agreement: [1, 1, 1] }),
  ]);
  const file = path.join(folder, 'summary.csv');
  const [header, ...rows] = parse(readFileSync(file, 'utf8')) as string[][];
  const kept = header!.map((name) => !columns.test(name));
  const only = (row: readonly string[]) => row.filter((_, column) => kept[column]);
  writeFileSync(file, stringify([only(header!), ...rows.map(only)]));
  return folder;
}

describe('a summary without a metric that every run has now', () => {
  const old = () => without(/^agreement_|^relacc/);

  it('is read: what it lacks was not measured', () => {
    const folder = old();
    const [row] = readSummary(folder);
    expect(row!.metrics.get('mse')!.mean).toBe(2);
    expect(row!.metrics.has('agreement')).toBe(false);
    expect(row!.relaccUndefined).toBe(0);
    expect(markdown.render(paperTable(readSummary(folder)))).toContain('BACC');
  });

  it('is a reference of a run that measures it', () => {
    const result = checkRun(readResults(without(/^never$/)), readResults(old()));
    expect(result.outcome).toBe('same');
    expect(result.missing).toEqual([]);
  });

  it('is no match for a reference that has it', () => {
    expect(checkRun(readResults(old()), readResults(without(/^never$/))).outcome).toBe('missing');
  });
});

it('a metric with some of its columns is refused', () => {
  expect(() => readSummary(without(/^mse_std$/))).toThrow('no column mse_std');
});
