import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { servingCells } from '../../src/kinds/serving/cells.ts';
import { parseServingConfig } from '../../src/kinds/serving/config.ts';
import { unitMetrics } from '../../src/kinds/serving/format.ts';
import { tableText } from '../../src/kinds/serving/table.ts';
import { readSummary } from '../../src/results/read.ts';
import { leaderboardMarkdown } from '../../src/tables/leaderboard.ts';
import { unprintableCharacter } from '../../src/util/text.ts';
import { cli } from '../helpers/cli.ts';
import { temporaryFolder } from '../helpers/folder.ts';

const written = [
  ...[
    '</script><b>x',
    '=cmd',
    '+1',
    '@x',
    '-2',
    'a|b',
    '_',
    '%',
    'constructor',
    '__proto__',
    'a,b',
    '"',
    "it's",
    '\\',
    '$x$',
  ],
  ...['&lt;', '{#}', ' lead', 'trail ', '1e5', 'NaN', 'true', '#', 'λ ± é 🙂'],
];
const generated = fc
  .sample(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), { seed: 3, numRuns: 16 })
  .filter((label) => unprintableCharacter(label) === undefined);
const labels = [...new Set([...written, ...generated])];

/** A Markdown table with so many rows, each with the cells of its header, and no HTML. */
function expectTable(text: string, rows: number): void {
  const body = text.split('\n').filter((line) => line.startsWith('|'));
  expect(body).toHaveLength(rows + 2);
  for (const line of body) {
    expect(line.match(/(?<!\\)(?:\\\\)*\|/g)).toHaveLength(body[0]!.match(/\|/g)!.length);
    expect(line).not.toContain('<');
  }
}

test('any label comes through run, resume, table, figures and check', { timeout: 240_000 }, async () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'nasty.yaml');
  const out = path.join(folder, 'out');
  const config = (trials: number) =>
    JSON.stringify({
      ...{ name: 'nasty', model: 'lenet5-mnist', dataset: 'mnist', K: 2, N: 4, S: 1, trials },
      schemes: labels.map((label) => ({ bacc: { label } })),
    });
  const run = async (trials: number, to = out) => {
    writeFileSync(file, config(trials));
    expect(await cli('run', file, '--out', to, '--jobs', '1')).toMatchObject({ code: 0 });
    return readFileSync(path.join(to, 'trials.csv'), 'utf8');
  };
  await run(2);
  expect(await run(3)).toBe(await run(3, path.join(folder, 'at-once'))); // resumed

  const rows = readSummary(out);
  expect(rows.map(({ key }) => key.scheme)).toEqual(labels);
  const table = async (format: string) => (await cli('table', out, '--format', format)).stdout;
  expect((parse(await table('csv'), { columns: true }) as { method: string }[]).map(({ method }) => method)).toEqual(
    labels,
  );
  expectTable(await table('markdown'), labels.length);
  const latex = (await table('latex')).split('\n').filter((line) => line.endsWith('\\\\'));
  expect(latex).toHaveLength(labels.length + 1);
  for (const line of latex) expect(line).not.toMatch(/(?<!\\)[%#]/);

  expect((await cli('figures', out)).code).toBe(0);
  for (const name of readdirSync(path.join(out, 'figures')).filter((entry) => entry.endsWith('.svg')))
    expect(readFileSync(path.join(out, 'figures', name), 'utf8')).not.toContain('<b>x');
  expect((await cli('check', out, '--against', path.join(folder, 'at-once'))).code).toBe(0);
});

test('any label is a cell in the tables that a kind or a command has of its own', async () => {
  const [name, K, N] = ['nasty', 2, 4];
  const schemes = labels.map((label) => ({ bacc: { label } }));
  const serving = parseServingConfig({
    ...{
      name,
      kind: 'serving',
      model: { function: 'mlp', D: 2 },
      dataset: { uniform: { D: 2, count: 50 } },
      schemes,
      K,
      N,
      trials: 2,
    },
    ...{ load: { rate: 5, requests: 40, warmup: 0 }, service: { exponential: { mean: '10ms' } } },
  });
  const empty = new Map(unitMetrics.map((metric) => [metric, Float64Array.of(1, 2)]));
  const loads = servingCells(serving).map((cell) => ({
    ...{ cell, key: [], condition: 0, label: cell.entry.label, values: empty, quantiles: [], live: [] },
  }));
  expectTable(tableText(serving, { model: '<b>.onnx', dataset: 'uniform' }, loads), labels.length);
  const board = labels.map((scheme) => ({ scheme, standings: new Map() }));
  expectTable(leaderboardMarkdown(board, ['late']), labels.length);
});
