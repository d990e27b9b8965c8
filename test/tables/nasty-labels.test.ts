import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readSummary } from '../../src/results/read.ts';
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
  const body = (await table('markdown')).split('\n').filter((line) => line.startsWith('|'));
  expect(body).toHaveLength(labels.length + 2);
  for (const line of body) {
    expect(line.match(/(?<!\\)(?:\\\\)*\|/g)).toHaveLength(body[0]!.match(/\|/g)!.length);
    expect(line).not.toContain('<');
  }
  const latex = (await table('latex')).split('\n').filter((line) => line.endsWith('\\\\'));
  expect(latex).toHaveLength(labels.length + 1);
  for (const line of latex) expect(line).not.toMatch(/(?<!\\)[%#]/);

  expect((await cli('figures', out)).code).toBe(0);
  for (const name of readdirSync(path.join(out, 'figures')).filter((entry) => entry.endsWith('.svg')))
    expect(readFileSync(path.join(out, 'figures', name), 'utf8')).not.toContain('<b>x');
  expect((await cli('check', out, '--against', path.join(folder, 'at-once'))).code).toBe(0);
});
