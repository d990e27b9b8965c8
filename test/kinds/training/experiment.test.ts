import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readIterations, readManifest, readSummary } from '../../../src/results/read.ts';
import { builtCli, cli, startBuiltCli } from '../../helpers/cli.ts';
import { folderWithConfig, temporaryFolder } from '../../helpers/folder.ts';
import { config, run } from './helpers.ts';

const faults = [
  { S: 0, E: 0 },
  { S: 1, E: 2 },
  { S: 4, E: 0 },
];

/** Every CSV and table of a run. */
function contents(out: string): Record<string, string> {
  const names = readdirSync(out).filter((name) => /\.(csv|md|tex)$/.test(name));
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(path.join(out, name), 'utf8')]));
}

describe('a training experiment', () => {
  it('writes files that the readers understand', async () => {
    const experiment = config({ trials: 2, stragglers: { faults } });
    const out = temporaryFolder();
    expect(await run(experiment, out)).toMatchObject({ complete: true, failures: 0 });
    const written = ['iterations.csv', 'manifest.json', 'speedups.csv', 'summary.csv'];
    expect(readdirSync(out).sort()).toEqual([...written, 'table.csv', 'table.md', 'table.tex']);

    const rows = readIterations(out);
    expect(rows).toHaveLength(3 * 4 * 2 * 5);
    expect(new Set(rows.map((row) => row.clock))).toEqual(new Set(['simulated']));
    const last = (scheme: string, S: number) =>
      rows
        .filter((row) => row.key.scheme === scheme && row.key.S === S && row.iteration === 4)
        .map((row) => row.accuracy);
    expect(last('AVCC', 1)).toEqual(last('Uncoded', 0));
    expect(last('Uncoded', 1)).not.toEqual(last('Uncoded', 0));

    const summary = readSummary(out);
    expect(summary).toHaveLength(12);
    for (const { key, metrics } of summary)
      if (key.scheme === 'AVCC') expect(metrics.get('relacc')).toEqual({ mean: 1, std: 0, sem: 0 });
    const { config: recorded, files_sha256: digests } = readManifest(out);
    expect(recorded).toEqual(JSON.parse(JSON.stringify(experiment)));
    expect(Object.keys(digests!)).toEqual(expect.arrayContaining(['iterations.csv', 'speedups.csv', 'summary.csv']));
  });

  it('with masks gives the same bytes again, beyond the bound of its code as well', async () => {
    const { model, ...others } = config({ K: 4, N: 10, schemes: ['lcc'], stragglers: { faults: [{ S: 3, E: 3 }] } });
    const masked = { ...others, model: { logisticRegression: { ...model.logisticRegression, T: 2 } } };
    const [first, second] = [temporaryFolder(), temporaryFolder()];
    for (const out of [first, second]) await run(masked, out);
    expect(readSummary(first)[0]!.metrics.get('exact')!.mean).toBe(0);
    expect(contents(second)).toEqual(contents(first));
  });

  it('has its times in every table', async () => {
    const out = temporaryFolder();
    await run(config({ schemes: ['lcc', 'avcc'], stragglers: { faults: [{ S: 2, E: 1 }] } }), out);
    const [, avcc] = readSummary(out);
    const seconds = String(avcc!.metrics.get('total_s')!.mean);
    const { 'table.csv': csv, 'table.md': markdown, 'table.tex': latex } = contents(out);
    const [header, , row] = csv!.split('\n').map((line) => line.split(','));
    expect(row![header!.indexOf('total_s_mean')]).toBe(seconds);
    for (const name of ['setup_s_mean', 'wait_s_mean', 'exact_mean', 'accuracy_mean']) expect(header).toContain(name);
    expect(markdown).toContain('| time s |');
    expect(latex).toContain('time\\\\(s)');
    expect(latex).not.toContain('MSE');
    expect((await cli('table', out, '--format', 'markdown')).stdout).toContain('time (s)');
    expect((await cli('table', out, '--format', 'latex')).stdout).toBe(latex);
    expect((await cli('table', out, '--format', 'csv')).stdout).toBe(csv);
    expect((await cli('figures', out, '--format', 'html')).code).toBe(0);
    expect(readFileSync(path.join(out, 'report.html'), 'utf8')).toMatch(
      /<th scope="col"[^>]*>(<button[^>]*>)?time \(s\)/,
    );
  });

  it('reports speed-ups as ratios of the times in iterations.csv', async () => {
    const out = temporaryFolder();
    await run(config({ schemes: ['lcc', 'avcc'], stragglers: { faults: [{ S: 2, E: 1 }] } }), out);
    const time = (scheme: string) =>
      readIterations(out)
        .filter((row) => row.key.scheme === scheme && row.iteration > 0)
        .reduce((sum, row) => sum + row.compute + row.wait + row.verify + row.decode + row.recode, 0);
    const [header, row] = contents(out)
      ['speedups.csv']!.split('\n')
      .map((line) => line.split(','));
    const cell = (column: string) => row![header!.indexOf(column)];
    expect([cell('scheme_a'), cell('scheme_b')]).toEqual(['AVCC', 'LCC']);
    expect(Number(cell('speedup_mean'))).toBeCloseTo(time('LCC') / time('AVCC'), 12);
    expect(Number(cell('speedup_mean'))).toBeGreaterThan(1);
  });

  it('keeps the rows of a training that stopped, and says why in failures.csv', async () => {
    const out = temporaryFolder();
    const stalled = config({ schemes: ['static-vcc'], stragglers: { faults: [{ S: 0, E: 4 }] } });
    expect(await run(stalled, out)).toMatchObject({ failures: 1 });
    expect(contents(out)['failures.csv']).toMatch(/iteration 1: 8 workers are left/);
    expect(readIterations(out).map(({ iteration }) => iteration)).toEqual([0]);
    const before = contents(out);
    expect(await run(stalled, out)).toMatchObject({ failures: 1 }); // read back, not run again
    expect(contents(out)).toEqual(before);
  });

  it('runs a cell once that the lists name twice', async () => {
    const out = temporaryFolder();
    await run(config({ schemes: ['avcc'], stragglers: { faults: [faults[0], faults[0]], slowdown: [7, 7] } }), out);
    expect(readSummary(out)).toHaveLength(1);
  });

  it('refuses a folder with another experiment and errors that overflow, and stops when asked', async () => {
    const out = temporaryFolder();
    const small = config({ schemes: ['uncoded'] });
    await run(small, out);
    await expect(run({ ...small, N: [11] }, out)).rejects.toThrow(/another experiment \(config.N/);
    const fewer = { mnist: { classes: [4, 9] as [number, number], train: 140, test: 60 } };
    await expect(run({ ...small, dataset: fewer }, out)).rejects.toThrow(/config.dataset.mnist.train/);
    const wide = { ...small.model.logisticRegression, errorBits: 20 };
    const overflowing = { ...small, model: { logisticRegression: wide } };
    await expect(run(overflowing, temporaryFolder())).rejects.toThrow(/errorBits: \d+ is the most that fits/);
    expect(await run(small, temporaryFolder(), { signal: AbortSignal.abort() })).toMatchObject({ complete: false });
  });

  it('refuses rows that no run writes', async () => {
    const out = temporaryFolder();
    await run(config({ schemes: ['uncoded'] }), out);
    const file = path.join(out, 'iterations.csv');
    const text = readFileSync(file, 'utf8');
    const edits: [RegExp, string][] = [
      [/,simulated,[^,]+/, ',simulated,much'],
      [/,0,simulated,/, ',2,simulated,'],
      [/,ok,0,1\n/, ',fine,0,1\n'],
      [/,ok,0,1\n/, ',ok,0,1,7\n'],
    ];
    for (const [from, to] of edits) {
      writeFileSync(file, text.replace(from, to));
      writeFileSync(path.join(out, 'manifest.json'), withoutDigests(out));
      await expect(run(config({ schemes: ['uncoded'] }), out)).rejects.toThrow(/iterations\.csv:\d+: is no iteration/);
    }
  });
});

/** The manifest as older runs have it: so that nothing but the rows themselves can be found wrong. */
function withoutDigests(out: string): string {
  const { files_sha256: _, manifest_sha256: __, ...rest } = readManifest(out);
  return JSON.stringify(rest);
}

const yaml = `name: slowdown
kind: training
model: {logisticRegression: {iterations: 6, learningRate: 1}}
dataset: {mnist: {classes: [4, 9], train: 900, test: 200}}
K: 9
N: 12
trials: 2
schemes: [{lcc: {E: 1}}, static-vcc, {avcc: {label: 'AVCC, ours'}}]
stragglers:
  slowdown: [1, 7]
  faults: [{S: 2, E: 1}, {S: 0, E: 4}]
attack: {reversal: 1}
`;

describe.skipIf(!existsSync('dist/cli/main.js'))('the bytes of a training experiment', () => {
  it('do not depend on jobs, kills, extensions or shards', { timeout: 240_000 }, async () => {
    const at = folderWithConfig(yaml);
    // trainings of static VCC stall: exit code 1
    expect(builtCli('run', at('c.yaml'), '--out', at('one'), '--jobs', '1').code).toBe(1);
    const expected = contents(at('one'));
    expect(Object.keys(expected)).toHaveLength(7);

    expect(builtCli('run', at('c.yaml'), '--out', at('two'), '--jobs', '2').code).toBe(1);
    expect(contents(at('two'))).toEqual(expected);

    const journal = path.join(at('killed'), 'iterations.journal.csv');
    const size = () => statSync(journal, { throwIfNoEntry: false })?.size ?? 0;
    let kills = 0;
    for (let code: number | null = null; code === null; ) {
      const child = startBuiltCli('run', at('c.yaml'), '--out', at('killed'), '--jobs', '1');
      const exit = once(child, 'exit');
      const before = size();
      const timer = setInterval(() => {
        if (kills === 2 || size() < before + 2500) return;
        kills++;
        clearInterval(timer);
        child.kill('SIGKILL');
      }, 3);
      [code] = await exit;
      clearInterval(timer);
    }
    expect(kills).toBe(2);
    expect(contents(at('killed'))).toEqual(expected);

    expect(builtCli('run', at('c.yaml'), '--out', at('extended'), '--trials', '1', '--jobs', '1').code).toBe(1);
    expect(builtCli('run', at('c.yaml'), '--out', at('extended'), '--jobs', '1').code).toBe(1);
    expect(contents(at('extended'))).toEqual(expected);

    for (const shard of ['1', '2'])
      await cli('run', at('c.yaml'), '--out', at(`s${shard}`), '--shard', `${shard}/2`, '--jobs', '1');
    const merged = await cli('merge', at('merged'), at('s2'), at('s1'));
    expect([merged.code, merged.stdout]).toEqual([1, expected['table.md']]);
    expect(contents(at('merged'))).toEqual(expected);
    expect((await cli('check', at('merged'), '--against', at('one'))).code).toBe(0);
  });
});
