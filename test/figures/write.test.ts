import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawRun as writeFigures } from '../../src/cli/draw.ts';
import { inferenceFigures as runFigures } from '../../src/figures/choose.ts';
import { paperSheet } from '../../src/figures/plot/sheet.ts';
import { digestOfContent } from '../../src/results/manifest.ts';
import { UserError } from '../../src/util/errors.ts';
import { temporaryFolder } from '../helpers/folder.ts';
import { editManifest } from '../helpers/manifest.ts';
import { manifest, summaryRow, writeRun } from '../helpers/run.ts';

const sweep = [0, 20, 40].flatMap((S) =>
  ['BACC', 'NeRCC0'].map((scheme, i) =>
    summaryRow(
      { scheme, S, model: 'no-paper-has-it' },
      { mse: [1, 1.1, (1 + i) * 10 ** (S / 20)], relacc: [0.98, 0.99, 1] },
    ),
  ),
);

describe('the files', () => {
  it('are drawn again from the folder alone, the same bytes, and only in the formats asked for', async () => {
    const folder = writeRun(sweep);
    const all = new Set(['svg', 'png', 'pdf'] as const);
    const written = await writeFigures(folder, all);
    expect(written.map((file) => path.relative(folder, file))).toEqual(
      ['mse-against-S', 'relacc-against-S'].flatMap((name) =>
        ['svg', 'png', 'pdf'].map((ending) => `figures/${name}.${ending}`),
      ),
    );
    expect(existsSync(path.join(folder, 'report.html'))).toBe(false);
    const before = written.map((file) => readFileSync(file));
    await writeFigures(folder, new Set([...all, 'html']));
    expect(written.map((file) => readFileSync(file))).toEqual(before);
    const page = readFileSync(path.join(folder, 'report.html'), 'utf8');
    await writeFigures(folder, new Set(['html']), { sheet: paperSheet('3.25in') });
    expect(readFileSync(path.join(folder, 'report.html'), 'utf8')).toBe(page);
  });

  it('have names that are safe on any file system', () => {
    const rows = sweep.flatMap((row) => ['a/b', 'a:b'].map((output) => ({ ...row, key: { ...row.key, output } })));
    const names = runFigures(temporaryFolder(), manifest(), rows).map(({ name }) => name);
    expect(names).toHaveLength(4);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[\w.=-]+$/);
  });

  it('of a summary that is not the one the run wrote are drawn, and it is said', async () => {
    const folder = writeRun(sweep);
    const digest = digestOfContent('summary.csv', readFileSync(path.join(folder, 'summary.csv')));
    editManifest(folder, { files_sha256: { 'summary.csv': digest } });
    const said: string[] = [];
    await writeFigures(folder, new Set(['svg']), { say: (message) => said.push(message) });
    expect(said).toEqual([]);
    appendFileSync(path.join(folder, 'summary.csv'), '\n');
    await writeFigures(folder, new Set(['svg']), { say: (message) => said.push(message) });
    expect(said).toEqual([expect.stringMatching(/summary\.csv: is not what the run wrote/)]);
  });

  it.each(['trials.csv', 'latency.csv', 'distribution.csv', 'samples.json'])(
    'say that %s was changed',
    async (name) => {
      const text = Buffer.from('a\n1\n');
      const folder = writeRun(sweep, manifest({ files_sha256: { [name]: digestOfContent(name, text) } }));
      const said: string[] = [];
      const draw = () => writeFigures(folder, new Set(), { say: (line) => said.push(line) });
      writeFileSync(path.join(folder, name), text);
      await draw();
      expect(said).toEqual([]);
      writeFileSync(path.join(folder, name), 'a\n2\n');
      await draw();
      expect(said).toEqual([expect.stringContaining(`${name}: is not what the run wrote`)]);
    },
  );

  it('of a run that is not finished are refused', async () => {
    const folder = writeRun(sweep, manifest({ status: 'running' }));
    await expect(writeFigures(folder, new Set(['svg']))).rejects.toThrow(/is not finished/);
  });

  it('are refused for a wrong request, naming it', async () => {
    const folder = writeRun(sweep, manifest({ config: { ...manifest().config, figures: [{ x: 'T', y: 'mse' }] } }));
    await expect(writeFigures(folder, new Set(['svg']))).rejects.toThrow(/figures: x: unknown column "T"/);
    expect(readdirSync(folder).sort()).toEqual(['manifest.json', 'summary.csv']);
    writeFileSync(path.join(folder, 'summary.csv'), '');
    await expect(writeFigures(folder, new Set(['svg']))).rejects.toThrow(UserError);
  });
});

const bin = path.join(import.meta.dirname, '..', '..', 'bin', 'approxifer.js');

describe('approxifer figures', () => {
  it('writes PDFs as wide as the column of a paper, and refuses another width in one line', () => {
    const folder = writeRun(sweep);
    const run = (...flags: string[]) =>
      execFileSync(process.execPath, [bin, 'figures', folder, ...flags], { encoding: 'utf8', stdio: 'pipe' });
    const files = run('--format', 'pdf', '--width', '3.25in').trim().split('\n');
    expect(files.map((file) => path.basename(file))).toEqual(['mse-against-S.pdf', 'relacc-against-S.pdf']);
    expect(readFileSync(files[0]!, 'latin1')).toMatch(/MediaBox \[0 0 234 /);
    expect(() => run('--width', '3.25')).toThrow(/--width 3\.25: expected a width from 100 to 1000 pt with its unit/);
  });
});

it('a page that shows trials of these results is kept where the new one would show none', async () => {
  const folder = writeRun(sweep);
  const page = path.join(folder, 'report.html');
  writeFileSync(page, '<script id="trial-view-data"></script>');
  const said: string[] = [];
  const options = { keepsTrials: true, say: (line: string) => said.push(line) };
  expect(await writeFigures(folder, new Set(['html']), options)).toEqual([]);
  expect(said[0]).toMatch(/report\.html shows single trials and is kept/);
  editManifest(folder, { seed: 9 });
  utimesSync(page, 0, 0);
  expect(await writeFigures(folder, new Set(['html']), options)).toEqual([page]);
});
