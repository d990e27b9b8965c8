import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { metricColumns } from '../../src/metrics/table.ts';
import { readPaired } from '../../src/results/read.ts';
import { keyColumns } from '../../src/results/schema.ts';
import { type CellTrials, pairedCsv } from '../../src/results/summaries.ts';
import { temporaryFolder } from '../helpers/folder.ts';

function cell(key: Readonly<Record<string, string>>, mse: readonly number[], condition = 0): CellTrials {
  const rest = Float64Array.from(mse, () => 0.5);
  return {
    key: keyColumns.map((column) => key[column] ?? ''),
    condition,
    label: key.scheme!,
    values: new Map([...metricColumns().map((name) => [name, rest] as const), ['mse', Float64Array.from(mse)]]),
  };
}

function nercc(lambdaDec: number): CellTrials {
  const key = { scheme: 'NeRCC', K: '4', N: '10', lambda_enc: '0', lambda_dec: String(lambdaDec) };
  return cell(key, [1 + lambdaDec, 2, 3]);
}

function written(cells: readonly CellTrials[]) {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'paired.csv'), pairedCsv(cells, metricColumns()));
  return { folder, rows: readPaired(folder).filter(({ metric }) => metric === 'mse') };
}

describe('paired.csv', () => {
  it('says which cells of a sweep over λ are compared, and compares those of one scheme', () => {
    const bacc = cell({ scheme: 'BACC', K: '4', N: '10', options: 'nodes=legacy' }, [2, 2, 2]);
    const { rows } = written([bacc, nercc(0), nercc(1e-8), nercc(3.162277660168379e-10)]);
    expect(rows.map(({ a, b }) => [a.scheme, a.lambda_dec, b.scheme, b.lambda_dec])).toEqual([
      ['BACC', undefined, 'NeRCC', 0],
      ['BACC', undefined, 'NeRCC', 1e-8],
      ['BACC', undefined, 'NeRCC', 3.162277660168379e-10],
      ['NeRCC', 0, 'NeRCC', 1e-8],
      ['NeRCC', 0, 'NeRCC', 3.162277660168379e-10],
      ['NeRCC', 1e-8, 'NeRCC', 3.162277660168379e-10],
    ]);
    expect(rows[0]).toMatchObject({ a: { options: 'nodes=legacy', N: 10 }, b: { options: '', N: 10, lambda_enc: 0 } });
    expect(rows[0]!.key).toMatchObject({ K: 4, N: 10, scheme: '', lambda_dec: undefined });
  });

  it('has the number of workers of either side', () => {
    const { rows } = written([cell({ scheme: 'uncoded', N: '4' }, [1, 2]), cell({ scheme: 'BACC', N: '10' }, [2, 2])]);
    expect(rows[0]).toMatchObject({ key: { N: undefined }, a: { N: 4 }, b: { N: 10 } });
  });

  it('compares no cells of two conditions', () => {
    const other = cell({ scheme: 'NeRCC', K: '5', lambda_dec: '0' }, [1, 2, 3], 1);
    expect(written([nercc(0), other]).rows).toEqual([]);
  });

  it('stays small for a surface: each pair of λ against the first one', () => {
    const surface = Array.from({ length: 100 }, (_, i) => nercc(i * 1e-9));
    const { rows } = written(surface);
    expect(rows).toHaveLength(99);
    expect(new Set(rows.map(({ a }) => a.lambda_dec))).toEqual(new Set([0]));
    expect(written(surface.slice(0, 16)).rows).toHaveLength(120);
  });

  it('stays small for two surfaces: one against the other at the same λ', () => {
    const surfaces = ['NeRCC', 'NeRCC-path'].flatMap((scheme) =>
      Array.from({ length: 20 }, (_, i) => cell({ scheme, lambda_enc: '0', lambda_dec: String(i) }, [i, 2])),
    );
    const { rows } = written(surfaces);
    const across = rows.filter(({ a, b }) => a.scheme !== b.scheme);
    expect(across).toHaveLength(20);
    expect(across.every(({ a, b }) => a.lambda_dec === b.lambda_dec)).toBe(true);
    expect(rows).toHaveLength(20 + 2 * 19);
  });

  it('is read from before it had columns of either side', () => {
    const { folder } = written([cell({ scheme: 'BACC', N: '10' }, [1, 2, 2]), nercc(0)]);
    const file = path.join(folder, 'paired.csv');
    const columns = keyColumns.length - 1 + 8;
    const lines = readFileSync(file, 'utf8').split('\n');
    writeFileSync(file, lines.map((line) => line.split(',').slice(0, columns).join(',')).join('\n'));
    expect(readPaired(folder)[0]).toMatchObject({
      a: { scheme: 'BACC', N: 10, lambda_dec: undefined },
      b: { scheme: 'NeRCC', N: 10, lambda_dec: undefined },
    });
  });
});
