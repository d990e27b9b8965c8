import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { builtCli, cli } from '../helpers/cli.ts';
import { temporaryFolder } from '../helpers/folder.ts';
import { hasNumPy, python } from '../helpers/python.ts';

test.skipIf(!hasNumPy)('BACC in NumPy has the values of the built-in one, in one thread or two', async () => {
  const folder = temporaryFolder();
  const config = path.join(folder, 'c.yaml');
  const script = path.resolve('python/examples/bacc.py');
  writeFileSync(
    config,
    `name: twins
model: lenet5-mnist
dataset: mnist
K: 8
N: 30
S: [3, 12]
patterns: 2
trials: 3
schemes:
  - bacc
  - external: {command: [python3, ${script}], label: NumPy}
  - bacc: {order: path, label: BACC-path}
  - external: {command: [python3, ${script}], order: path, label: NumPy-path}
`,
  );
  const [one, two] = [path.join(folder, 'one'), path.join(folder, 'two')];
  expect((await cli('run', config, '--out', one, '--jobs', '1')).code).toBe(0);
  expect(builtCli('run', config, '--out', two, '--jobs', '2').code).toBe(0);
  const text = readFileSync(path.join(one, 'trials.csv'), 'utf8');
  expect(readFileSync(path.join(two, 'trials.csv'), 'utf8')).toBe(text);
  const rows: Record<string, string>[] = parse(text, { columns: true });
  const of = (scheme: string) => rows.filter((row) => row.scheme === scheme);
  for (const [ours, theirs] of [
    ['BACC', 'NumPy'],
    ['BACC-path', 'NumPy-path'],
  ] as const) {
    expect(of(theirs)).toHaveLength(6);
    of(ours).forEach((row, i) => {
      for (const metric of ['survivors', 'mse', 'relacc', 'accuracy', 'agreement']) {
        const [a, b] = [Number(row[metric]), Number(of(theirs)[i]![metric])];
        expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(a)));
      }
    });
  }
});

test.skipIf(!hasNumPy)('a message carries many trials, and each trial keeps its own queries', async () => {
  const folder = temporaryFolder();
  const at = (name: string) => path.join(folder, name);
  writeFileSync(
    at('own.py'),
    `import sys
sys.path.insert(0, ${JSON.stringify(path.resolve('python/examples'))})
import approxifer.scheme as scheme
from bacc import Bacc
decode = scheme._decode
def logged(own, header, arrays):
    with open('sizes', 'a') as file:
        print(len(arrays['answers']), file=file)
    return decode(own, header, arrays)
scheme._decode = logged
scheme.serve(Bacc)
`,
  );
  const schemes = ['{bacc: {decoder: kriging}}', '{external: {command: [python3, own.py], label: Own}}'];
  const valuesOf = async (name: string, list: readonly string[]) => {
    writeFileSync(
      at('c.yaml'),
      `name: own\nmodel: lenet5-mnist\ndataset: mnist\nK: 4\nN: 8\nS: 2\ntrials: 20\nschemes: [${list}]\n`,
    );
    expect((await cli('run', at('c.yaml'), '--out', at(name), '--jobs', '1')).code).toBe(0);
    const rows: Record<string, string>[] = parse(readFileSync(at(`${name}/trials.csv`), 'utf8'), { columns: true });
    return rows.filter(({ scheme }) => scheme === 'BACC').map(({ trial, mse }) => [trial, mse]);
  };
  expect(await valuesOf('both', schemes)).toEqual(await valuesOf('alone', schemes.slice(0, 1)));
  const [first, again, ...others] = readFileSync(at('sizes'), 'utf8').trim().split('\n').map(Number);
  expect(first).toBe(again); // the first request is asked twice
  expect(first).toBeGreaterThan(1);
  expect(others.reduce((sum, size) => sum + size, first!)).toBe(20);
});

test.skipIf(!hasNumPy)('coded points, queries for the decoder, and a locator, from Python', async () => {
  const folder = temporaryFolder();
  writeFileSync(
    path.join(folder, 'own.py'),
    `import numpy as np
import approxifer

class Copies:
    """Replication by points: worker n gets query n % K; liars are those far from the median."""
    needs_queries = True
    def encode(self, queries, N):
        return queries[np.arange(N) % len(queries)]
    def locate(self, answers, survivors, batch):
        far = [np.abs(a - np.median(answers[survivors % batch.K == w % batch.K], axis=0)).sum() for a, w in zip(answers, survivors)]
        return survivors[np.argsort(far)[-batch.E:]]
    def decode(self, answers, survivors, batch):
        assert batch.queries.shape == (batch.K, 784)
        return np.stack([np.median(answers[survivors % batch.K == k], axis=0) for k in range(batch.K)])

approxifer.serve(Copies())
`,
  );
  writeFileSync(
    path.join(folder, 'c.yaml'),
    'name: own\nmodel: lenet5-mnist\ndataset: mnist\nK: 2\nN: 12\nS: 0\nE: 1\nattack: gaussian\ntrials: 5\nschemes: [{external: {command: [python3, own.py]}}]\n',
  );
  const out = path.join(folder, 'out');
  expect((await cli('run', path.join(folder, 'c.yaml'), '--out', out, '--jobs', '1')).code).toBe(0);
  const rows: Record<string, string>[] = parse(readFileSync(path.join(out, 'trials.csv'), 'utf8'), { columns: true });
  for (const row of rows) {
    expect(row.scheme).toBe('own');
    expect(Number(row.mse)).toBeLessThan(1e-6);
    expect(Number(row.locate_recall)).toBe(1);
  }
  // whose config this is nobody knows
  const refused = await cli('inspect', 'trial', out, '0', '--folder', folder);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/starts a program \(python3 own\.py\); look at it, then give --allow-external/);
  expect((await cli('inspect', 'trial', out, '0', '--folder', folder, '--allow-external')).stdout).toMatch(
    /taken for liars/,
  );
});

test.skipIf(!hasNumPy)('init makes a folder that runs and whose test passes', async () => {
  const folder = path.join(temporaryFolder(), 'my-method');
  expect((await cli('init', folder, '--python')).stdout).toContain('next: approxifer run');
  expect(
    python(
      `import sys, runpy; sys.path.insert(0, sys.argv[1]); runpy.run_path(sys.argv[1] + '/test_my_method.py', run_name='__main__')`,
      folder,
    ),
  ).toBe('ok\n');
  const out = path.join(folder, 'out');
  const { code, stdout } = await cli(
    'run',
    path.join(folder, 'config.yaml'),
    '--trials',
    '3',
    '--out',
    out,
    '--jobs',
    '1',
  );
  expect(code).toBe(0);
  expect(stdout).toMatch(/\| MyMethod /);
  const again = await cli('init', folder, '--python');
  expect(again.code).toBe(2);
  expect(again.stderr).toContain('is not empty');
});
