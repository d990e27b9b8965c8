import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openTwoClassData } from '../../../src/kinds/training/data.ts';
import { runTraining } from '../../../src/kinds/training/run.ts';
import { readIterations, readManifest, readResults, readSummary } from '../../../src/results/read.ts';
import { temporaryFolder } from '../../helpers/folder.ts';
import { config } from './helpers.ts';

const faults = [
  { S: 0, E: 0 },
  { S: 1, E: 2 },
  { S: 4, E: 0 },
];

describe('runTraining', () => {
  it('writes the same bytes for the same seed, and files that the readers understand', async () => {
    const experiment = config({ trials: 2, stragglers: { faults } });
    const [first, second] = [temporaryFolder(), temporaryFolder()];
    const outcome = await runTraining(experiment, first);
    expect(outcome).toMatchObject({ complete: true, failures: 0 });
    await runTraining(experiment, second);
    const files = readdirSync(first).sort();
    expect(files).toEqual(['iterations.csv', 'manifest.json', 'speedups.csv', 'summary.csv', 'table.md']);
    for (const file of files.filter((name) => name !== 'manifest.json'))
      expect(readFileSync(path.join(second, file), 'utf8')).toBe(readFileSync(path.join(first, file), 'utf8'));

    const rows = readIterations(first);
    expect(rows).toHaveLength(3 * 4 * 2 * 5);
    expect(new Set(rows.map((row) => row.clock))).toEqual(new Set(['simulated']));
    const last = (scheme: string, S: number) =>
      rows
        .filter((row) => row.key.scheme === scheme && row.key.S === S && row.iteration === 4)
        .map((row) => row.accuracy);
    expect(last('AVCC', 1)).toEqual(last('Uncoded', 0));
    expect(last('Uncoded', 1)).not.toEqual(last('Uncoded', 0));

    const summary = readSummary(first);
    expect(summary).toHaveLength(12);
    for (const { key, metrics } of summary)
      if (key.scheme === 'AVCC') expect(metrics.get('relacc')).toEqual({ mean: 1, std: 0, sem: 0 });
    expect(readResults(first).manifest.summary_sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(readManifest(first).config).toEqual(JSON.parse(JSON.stringify(experiment)));
  });

  it('reports speed-ups as ratios of the times in iterations.csv', async () => {
    const out = temporaryFolder();
    await runTraining(config({ schemes: ['lcc', 'avcc'], stragglers: { faults: [{ S: 2, E: 1 }] } }), out);
    const time = (scheme: string) =>
      readIterations(out)
        .filter((row) => row.key.scheme === scheme && row.iteration > 0)
        .reduce((sum, row) => sum + row.compute + row.wait + row.verify + row.decode + row.recode, 0);
    const [header, row] = readFileSync(path.join(out, 'speedups.csv'), 'utf8')
      .split('\n')
      .map((line) => line.split(','));
    const cell = (column: string) => row![header!.indexOf(column)];
    expect([cell('scheme_a'), cell('scheme_b')]).toEqual(['AVCC', 'LCC']);
    expect(Number(cell('speedup_mean'))).toBeCloseTo(time('LCC') / time('AVCC'), 12);
    expect(Number(cell('speedup_mean'))).toBeGreaterThan(1);
  });

  it('lists trainings that stopped in failures.csv', async () => {
    const out = temporaryFolder();
    const stalled = config({ schemes: ['static-vcc'], stragglers: { faults: [{ S: 0, E: 4 }] } });
    expect(await runTraining(stalled, out)).toMatchObject({ failures: 1 });
    expect(readFileSync(path.join(out, 'failures.csv'), 'utf8')).toMatch(/iteration 1: 8 workers are left/);
  });

  it('refuses a folder with another experiment, errors that overflow, and stops when asked', async () => {
    const out = temporaryFolder();
    const small = config({ schemes: ['uncoded'] });
    await runTraining(small, out);
    await expect(runTraining({ ...small, N: [11] }, out)).rejects.toThrow(/another experiment \(config.N/);
    const wide = { ...small.model.logisticRegression, errorBits: 20 };
    const overflowing = { ...small, model: { logisticRegression: wide } };
    await expect(runTraining(overflowing, temporaryFolder())).rejects.toThrow(/errorBits: \d+ is the most that fits/);
    expect(await runTraining(small, temporaryFolder(), { signal: AbortSignal.abort() })).toMatchObject({
      complete: false,
    });
  });
});

const script = fileURLToPath(new URL('../../../dist/kinds/training/share-worker.js', import.meta.url));
if (!existsSync(script)) console.warn('tests of the worker threads are skipped: npm run build');

describe.skipIf(!existsSync(script))('the clock of worker threads', () => {
  it('runs the same schemes on real workers: right answers, stragglers left behind, liars found out', async () => {
    const out = temporaryFolder();
    const experiment = config({
      K: 2,
      N: 5,
      schemes: ['lcc', 'static-vcc', 'avcc'],
      stragglers: { clock: 'threads', slowdown: 30, faults: [{ S: 1, E: 1 }] },
      attack: { constant: 5 },
    });
    const { failures, cells } = await runTraining(experiment, out, { workerScript: pathToFileURL(script) });
    expect(failures).toBe(0);
    for (const { trials } of cells)
      for (const { iterations } of trials) {
        expect(iterations).toHaveLength(5);
        expect(iterations.every(({ exact, status }) => exact && status === 'ok')).toBe(true);
        for (const { ledger } of iterations) expect(ledger.compute + ledger.wait + ledger.recode).toBeGreaterThan(0);
      }
    expect(readIterations(out).every((row) => row.clock === 'threads')).toBe(true);
  });

  it('says so when a worker dies', async () => {
    const folder = temporaryFolder();
    const broken = path.join(folder, 'broken.mjs');
    writeFileSync(broken, "throw new Error('no such machine');");
    const experiment = config({ schemes: ['uncoded'], K: 1, N: 2, stragglers: { clock: 'threads' } });
    await expect(
      runTraining(experiment, path.join(folder, 'out'), { workerScript: pathToFileURL(broken) }),
    ).rejects.toThrow(/worker \d died: no such machine/);
  });
});

describe.skipIf(!existsSync(script))('the command line', () => {
  it('answers wrong input with exit code 2 and one line that has the place', () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'wrong.yaml');
    const yaml = (iterations: number, errorBits: number) =>
      [
        'name: wrong',
        'kind: training',
        `model: {logisticRegression: {iterations: ${iterations}, errorBits: ${errorBits}}}`,
        'dataset: {mnist: {classes: [4, 9], train: 500, test: 10}}',
        'K: 2',
        'N: 3',
        'schemes: [avcc]',
        '',
      ].join('\n');
    const run = (...options: string[]) => {
      const launcher = fileURLToPath(new URL('../../../bin/approxifer.js', import.meta.url));
      return spawnSync(process.execPath, [launcher, 'run', file, '-o', path.join(folder, 'out'), ...options], {
        encoding: 'utf8',
      });
    };
    writeFileSync(file, yaml(1, 20)); // found out only when the data are there
    const overflow = run();
    expect(overflow.status).toBe(2);
    expect(overflow.stderr).toMatch(/wrong\.yaml:3:\d+: errorBits: 20 overflows F_33554393: .*\n$/);
    writeFileSync(file, yaml(0, 6));
    const iterations = run();
    expect(iterations.status).toBe(2);
    expect(iterations.stderr.trim().split('\n')).toHaveLength(1);
    expect(iterations.stderr).toMatch(/wrong\.yaml:3:42: iterations: must be at least 1, found 0/);
    writeFileSync(file, yaml(1, 6));
    const right = run();
    expect([right.status, right.stderr]).toEqual([0, `results in ${path.join(folder, 'out')}\n`]);
    expect(right.stdout).toContain('| AVCC |');
    expect(run('--shard', '1/2').status).toBe(2);
  });
});

describe('GISETTE', () => {
  function write(folder: string, name: string, data: string, labels: string): void {
    writeFileSync(path.join(folder, `gisette_${name}.data`), data);
    writeFileSync(path.join(folder, `gisette_${name}.labels`), labels);
  }

  it('is read from its text files', async () => {
    const folder = temporaryFolder();
    write(folder, 'train', '0 999 0 \n500 0 1 \n', '1\n-1\n');
    write(folder, 'valid', '1 2 3 \n', '-1\n');
    const { name, train, test } = await openTwoClassData({ gisette: '.' }, { folder });
    expect(name).toBe('gisette');
    expect([...train.x.data]).toEqual([0, 1, 0, 500 / 999, 0, 1 / 999]);
    expect([...train.y]).toEqual([1, 0]);
    expect([test.x.rows, test.x.columns]).toEqual([1, 3]);
  });

  it('says what is wrong with a file', async () => {
    const folder = temporaryFolder();
    const open = () => openTwoClassData({ gisette: folder });
    await expect(open()).rejects.toThrow(/gisette_train\.data cannot be read: no such file/);
    mkdirSync(folder, { recursive: true });
    write(folder, 'valid', '1 2\n', '1\n');
    write(folder, 'train', '1 2\n3\n', '1\n1\n');
    await expect(open()).rejects.toThrow(/train\.data:2: expected 2 numbers from 0 to 999/);
    write(folder, 'train', '1 2\n3 1000\n', '1\n1\n');
    await expect(open()).rejects.toThrow(/:2: expected/);
    write(folder, 'train', '1 2\n3 4\n', '1\n2\n');
    await expect(open()).rejects.toThrow(/labels:2: expected the label 1 or -1/);
    write(folder, 'train', '1 2\n3 4\n', '1\n');
    await expect(open()).rejects.toThrow(/1 labels for the 2 rows/);
    write(folder, 'train', '1 2 3\n', '1\n');
    await expect(open()).rejects.toThrow(/3 features to train on but 2/);
  });
});
