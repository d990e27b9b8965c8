import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseServingConfig } from '../../../src/kinds/serving/config.ts';
import { unitMetrics } from '../../../src/kinds/serving/format.ts';
import { serving } from '../../../src/kinds/serving/kind.ts';
import { unitValues } from '../../../src/kinds/serving/measures.ts';
import { csvRecords } from '../../../src/results/csv.ts';
import { experimentDifferences, type Manifest } from '../../../src/results/manifest.ts';
import { builtCli } from '../../helpers/cli.ts';
import { temporaryFolder } from '../../helpers/folder.ts';

const base = {
  name: 'live-test',
  kind: 'serving',
  model: 'lenet5-mnist',
  dataset: 'mnist',
  schemes: ['uncoded', 'parm', 'kriging'],
  K: 2,
  N: 3,
  trials: 1,
  clock: { local: 3 },
  load: { rate: 60, requests: 40, warmup: 4 },
  service: { shiftedExponential: { shift: '2ms', mean: '1ms' } },
  accuracy: { batches: 10 },
};

describe('clock: real servers', () => {
  it('local processes answer real queries over HTTP, and the accuracy is that of what they answered', () => {
    const folder = temporaryFolder();
    const config = path.join(folder, 'live.yaml');
    writeFileSync(config, JSON.stringify(base));
    const out = path.join(folder, 'out');
    const { code, stderr, stdout } = builtCli('run', config, '--out', out);
    expect([code, stderr]).toEqual([0, expect.stringContaining('real servers in real time')]);
    expect(stdout).toContain('Overhead of a task');
    const rows = csvRecords(readFileSync(path.join(out, 'latency.csv'), 'utf8'));
    const of = (scheme: string) => rows.find((row) => row.scheme === scheme) as Record<string, number>;
    expect(of('Uncoded').accuracy).toBe(of('Uncoded').base_accuracy);
    expect(of('Uncoded').reconstructed).toBe(0);
    // a task of the warm-up may begin late, and one may still be under way when the last request is answered
    expect(of('Uncoded').tasks).toBeCloseTo(2, 0);
    expect(of('Kriging').tasks).toBeCloseTo(3, 0);
    expect(of('Kriging').accuracy).toBeGreaterThan(0.5);
    for (const row of rows) {
      expect(row.failed).toBe(0);
      expect(Number(row.overhead_p50_s)).toBeGreaterThan(-0.001);
      expect(Number(row.worker_s)).toBeGreaterThan(0.002);
      expect(Number(row.latency_s)).toBeGreaterThan(0.002);
    }
  }, 180_000);

  it.each([
    [{ service: undefined, clock: 'simulated' }, /simulated clock needs service/],
    [{ clock: { local: 2 } }, /2 servers for 3 workers/],
    [{ clock: { local: 3, dilation: 2 }, service: undefined }, /dilation needs service/],
    [{ cancelCost: '1ms' }, /cancelCost is of the simulated clock/],
    [{ clock: 'real' }, /expected simulated, \{local: 13\} or \{endpoints/],
  ])('refuses %o', (changes, message) => {
    const document = JSON.parse(JSON.stringify({ ...base, ...changes }));
    expect(() => parseServingConfig(document)).toThrow(message);
  });

  it('refuses endpoints for a scheme that needs parity models there', () => {
    const loaded = serving.load({ ...base, clock: { endpoints: ['http://a', 'http://b', 'http://c'] } });
    expect(() => loaded.outline()).toThrow(/ParM needs workers with parity models/);
  });

  it('clock: simulated is the default, and where servers are is no part of what the experiment is', () => {
    const { clock: _, ...without } = base;
    expect(parseServingConfig({ ...without, clock: 'simulated' })).toEqual(parseServingConfig(without));
    const manifest = (host: string): Manifest => ({
      format: 1,
      config: { ...serving.load({ ...base, clock: { endpoints: Array(3).fill(host) } }).config },
      config_sha256: '',
      seed: 1,
      trials: 1,
      versions: { approxifer: '0', node: '', onnxruntime: '' },
      revision: null,
      digests: { models: {}, data: {} },
    });
    expect(experimentDifferences(manifest('http://a'), manifest('http://b'))).toEqual([]);
  });

  it('gives no percentile that the overhead drowns', () => {
    const record = {
      latencies: Float64Array.from({ length: 1000 }, (_, i) => 0.01 + 0.0001 * i),
      ...{ cutOff: 0, busy: 1, tasks: 1, utilisation: 0.5, snapshots: [] },
    };
    const quality = { accuracy: 1, baseAccuracy: 1, agreement: 1, reconstructed: 0 };
    const values = unitValues(record, quality, undefined, { overheads: Float64Array.of(0.001, 0.008), failed: 0 });
    const of = (name: (typeof unitMetrics)[number]) => values[unitMetrics.indexOf(name)];
    expect(of('p50_s')).toBeNaN(); // 60 ms beside an overhead of 8 ms
    expect(of('p99_s')).toBeCloseTo(0.1089, 6);
    expect([...values.slice(-3)]).toEqual([0.001, 0.008, 0]);
  });
});
