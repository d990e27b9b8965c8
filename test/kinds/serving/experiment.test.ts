import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { csvRecords } from '../../../src/results/csv.ts';
import { cli } from '../../helpers/cli.ts';
import { temporaryFolder } from '../../helpers/folder.ts';

const base = {
  name: 'serving-test',
  kind: 'serving',
  model: 'lenet5-mnist',
  dataset: 'mnist',
  schemes: ['uncoded', { uncoded: { hedge: { after: '25ms', budget: 0.5 } } }, 'replication', 'parm', 'kriging'],
  K: 10,
  N: 13,
  trials: 2,
  load: { rate: [10], requests: 300, warmup: 20 },
  service: { pareto: { scale: '12ms', shape: 2.5 } },
  decode: { need: [10, 13] },
  accuracy: { batches: 6 },
};

async function run(changes: object = {}, ...flags: string[]) {
  const folder = temporaryFolder();
  const config = path.join(folder, 'config.yaml');
  writeFileSync(config, JSON.stringify({ ...base, ...changes }));
  const out = path.join(folder, 'out');
  const result = await cli('run', config, '--out', out, '--jobs', '1', ...flags);
  expect(result.stderr).not.toMatch(/error/i);
  expect(result.code).toBe(0);
  const read = (name: string) => readFileSync(path.join(out, name), 'utf8');
  return { out, read, rows: csvRecords(read('latency.csv')), stdout: result.stdout };
}

describe('kind: serving', () => {
  it('says latency beside accuracy, the same every time, and check and figures work on it', async () => {
    const { out, rows, read } = await run();
    const of = (scheme: string, need: number | null = null) =>
      rows.find((row) => row.scheme === scheme && row.need === need) as Record<string, number>;
    expect(rows).toHaveLength(6);
    // own answers are the model's own; waiting for all 13 is slower and nearer the truth than for any 10
    expect(of('Uncoded').accuracy).toBe(of('Uncoded').base_accuracy);
    expect(of('Hedged').reconstructed).toBe(0);
    expect(of('Hedged').p95_s).toBeLessThan(of('Uncoded').p95_s!);
    expect(of('Kriging', 10).p50_s).toBeLessThan(of('Kriging', 13).p50_s!);
    expect(of('Kriging', 10).accuracy).toBeLessThan(of('Kriging', 13).accuracy!);
    expect(of('ParM').reconstructed).toBeGreaterThan(0);
    for (const row of rows) {
      expect(row['p99.9_s']).toBeNull(); // 280 requests do not tell
      expect(row.too_few).toBe('p99 p99.9');
      expect(Number(row.p50_low)).toBeLessThan(Number(row.p50_high));
      expect(row.unstable).toBe(0);
    }
    const again = await run();
    for (const file of ['trials.csv', 'summary.csv', 'latency.csv', 'distribution.csv', 'paired.csv', 'table.md'])
      expect(again.read(file)).toBe(read(file));
    expect((await cli('check', out, '--against', again.out)).code).toBe(0);
    const drawn = await cli('figures', out);
    expect(drawn.code).toBe(0);
    expect(readFileSync(path.join(out, 'figures', 'p99-against-accuracy.svg'), 'utf8')).toContain('Kriging');
    expect(readFileSync(path.join(out, 'figures', 'tail-of-latency.svg'), 'utf8')).toContain('share of requests');
  });

  it('a scheme has the same numbers whatever stands beside it', async () => {
    const [all, alone] = [await run(), await run({ schemes: ['kriging'], load: { ...base.load, rate: [20, 10] } })];
    const kriging = (text: string) => text.split('\n').filter((line) => /,Kriging,.*rate=10,/.test(line));
    expect(kriging(alone.read('trials.csv'))).toEqual(kriging(all.read('trials.csv')));
  });

  it('a deadline bounds every latency, and what it cuts off is decoded from what came', async () => {
    const { rows } = await run({ decode: { need: 12, deadline: '25ms' } });
    for (const row of rows) {
      expect(Number(row.p95_s)).toBeLessThanOrEqual(0.025 + 1e-9);
      expect(row.within).toBeCloseTo(1 - Number(row.cut_off), 12);
    }
    const uncoded = rows.find(({ scheme }) => scheme === 'Uncoded')!;
    expect(uncoded.cut_off).toBeGreaterThan(0.5);
    expect(Number(uncoded.accuracy)).toBeLessThan(Number(uncoded.base_accuracy));
    expect(Number(uncoded.accuracy)).toBeGreaterThan(0.5);
  });

  it('single queries wait for their group where the code needs one', async () => {
    const { rows } = await run({ load: { ...base.load, rate: 150, requests: 1500, queries: 1, wait: '60ms' } });
    const of = (scheme: string) => rows.find((row) => row.scheme === scheme)!;
    expect(of('Kriging').p50_s).toBeGreaterThan(Number(of('Uncoded').p50_s) * 2);
    expect(of('Uncoded').accuracy).toBe(of('Uncoded').base_accuracy);
    expect(of('Uncoded').tasks).toBeCloseTo(1, 6);
    expect(of('Kriging').base_accuracy).toBe(of('Uncoded').base_accuracy);
  });
});
