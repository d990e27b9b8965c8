import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { builtCli, cli } from '../helpers/cli.ts';
import { temporaryFolder } from '../helpers/folder.ts';
import { manifest, writeRun } from '../helpers/run.ts';

/** A run over N with two λ. */
function sweep(): string {
  const folder = temporaryFolder();
  const run = path.join(folder, 'run');
  const file = path.join(folder, 'sweep.yaml');
  const lines = [
    'name: sweep',
    'model: {function: x-sin-x}',
    'dataset: {uniform: {D: 1, low: -3, high: 3}}',
    'K: 1',
    'N: [1, 2, 4, 8]',
    'S: 0',
    'trials: 40',
    'noise: 1',
    'schemes:',
    '  - bacc',
    '  - nercc: {lambdaDec: [1.0e-6, 1.0]}',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  expect(builtCli('run', file, '--out', run, '--no-store')).toMatchObject({ code: 0 });
  return run;
}

test('rows that differ in λ alone say which λ they are of, in every form', async () => {
  const run = sweep();
  const csv = await cli('slopes', run, '--csv');
  const [header, ...rows] = csv.stdout.trim().split('\n');
  const at = header!.split(',').indexOf('lambda_dec');
  expect(rows.map((row) => row.split(',')[at])).toEqual(['', '0.000001', '1']);
  expect((await cli('slopes', run)).stdout).toMatch(/^model +output +scheme +K +lambda_dec +stragglers/);
  const narrow = await cli('slopes', run, '--floor', '0.5');
  expect(narrow.stdout).toMatch(/^model .* no_interval$/m);
  expect(narrow.stdout).toMatch(/ (exact|too few N)$/m);
  expect((await cli('slopes', run)).stdout).not.toContain('no_interval');
  const lacking = JSON.parse((await cli('slopes', run, '--floor', '0.5', '--json')).stdout);
  const lacks = lacking.map(({ no_interval }: { no_interval?: string }) => no_interval ?? '');
  expect(lacks.join()).toMatch(/exact|too few N/);
  const json = JSON.parse((await cli('slopes', run, '--json')).stdout);
  expect(json.map(({ key }: { key: { lambda_dec?: number } }) => key.lambda_dec)).toEqual([undefined, 1e-6, 1]);
});

test('what cannot be fitted is refused in a line that says why', async () => {
  const run = sweep();
  const running = writeRun([], manifest({ status: 'running' }));
  const refused = [
    [[`${run}-none`], 'no such folder'],
    [[running], 'is interrupted, or still running; run the same command again'],
    [[run, '--metric', 'relacc', '--bound', '-3'], 'no trial has a value of relacc'],
    [[run, '--power', '-1'], 'log N, which is 0 at N = 1'],
    [[run, '--floor', '-1'], 'Expected a number of at least 0.'],
  ] as const;
  for (const [words, message] of refused) {
    const { code, stdout, stderr } = await cli('slopes', ...words);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  }
});
