import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { type MetricName, metrics } from '../../src/metrics/table.ts';
import { type Manifest, manifestText } from '../../src/results/manifest.ts';
import type { MetricStatistics, SummaryRow } from '../../src/results/read.ts';
import { type CellKey, keyColumns, summaryColumns } from '../../src/results/schema.ts';
import { summarise } from '../../src/results/statistics.ts';
import { temporaryFolder } from './folder.ts';

/** Cells of runs that no experiment made: for the tests of what reads run folders. */

export function cellKey(changes: Partial<CellKey> = {}): CellKey {
  return {
    experiment: 'synthetic',
    model: 'lenet5-mnist',
    dataset: 'mnist',
    output: 'logits',
    scheme: 'BACC',
    K: 20,
    N: 100,
    S: 40,
    E: 0,
    lambda_enc: undefined,
    lambda_dec: undefined,
    order: 'given',
    stragglers: 'uniform',
    attack: '',
    options: '',
    ...changes,
  };
}

/** A summary row over trial values; metrics that are not given have no values. */
export function summaryRow(
  key: Partial<CellKey>,
  values: Partial<Record<MetricName, readonly number[]>>,
  relaccUndefined = 0,
): SummaryRow {
  const names = metrics.entries.filter(({ name, runs }) => runs === 'all' || values[name]).map(({ name }) => name);
  return {
    key: cellKey(key),
    trials: Math.max(...Object.values(values).map((list) => list.length)),
    metrics: new Map(names.map((name): [MetricName, MetricStatistics] => [name, summarise(values[name] ?? [])])),
    relaccUndefined,
  };
}

export function manifest(changes: Partial<Manifest> = {}): Manifest {
  return {
    format: 1,
    config: { name: 'synthetic', kind: 'inference', model: 'lenet5-mnist', dataset: 'mnist', trials: 10, seed: 1 },
    config_sha256: '0'.repeat(64),
    seed: 1,
    trials: 10,
    versions: { approxifer: '0.1.0', node: '20.20.2', onnxruntime: '1.30.0' },
    revision: null,
    digests: { models: { 'lenet5-mnist': 'a'.repeat(64) }, data: { mnist: 'b'.repeat(64) } },
    ...changes,
  };
}

/** Writes `summary.csv` and `manifest.json` of a run. */
export function writeRun(rows: readonly SummaryRow[], meta: Manifest = manifest(), folder = temporaryFolder()): string {
  mkdirSync(folder, { recursive: true });
  const applicable = metrics.names.filter((name) => rows.some((row) => row.metrics.has(name)));
  const columns = summaryColumns(applicable);
  const records = rows.map((row) => {
    const cells: Record<string, unknown> = { trials: row.trials, relacc_undefined: row.relaccUndefined };
    for (const column of keyColumns) cells[column] = row.key[column];
    for (const [name, statistics] of row.metrics) {
      for (const [suffix, value] of Object.entries(statistics)) {
        if (suffix !== 'n') cells[`${name}_${suffix}`] = Number.isNaN(value) ? '' : value;
      }
    }
    return cells;
  });
  writeFileSync(
    path.join(folder, 'summary.csv'),
    stringify(records, { header: true, columns, cast: { number: String } }),
  );
  const text = meta.files_sha256 ? manifestText(meta) : `${JSON.stringify(meta, null, 2)}\n`;
  writeFileSync(path.join(folder, 'manifest.json'), text);
  return folder;
}
