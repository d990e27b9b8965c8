import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { makePlan } from '../../src/coded/plan.ts';
import { readConfig } from '../../src/config/load.ts';
import { parseExperiment } from '../../src/kinds/inference/config.ts';
import { bestCells } from '../../src/tables/best.ts';
import { latex } from '../../src/tables/latex.ts';
import { markdown } from '../../src/tables/markdown.ts';
import { publishedDecimals, readPublished } from '../../src/tables/published.ts';
import { paperTable } from '../../src/tables/table.ts';
import { packageRoot } from '../../src/util/folders.ts';
import { summaryRow } from '../helpers/run.ts';

const rows = [
  summaryRow({ scheme: 'BACC' }, { mse: [4, 5, 6], relacc: [0.8, 0.9, 1] }),
  summaryRow({ scheme: 'NeRCC0' }, { mse: [1, 2, 3], relacc: [0.8, 0.9, 1] }),
];

test('the best of a column is the lowest MSE and the highest RelAcc, all of several that are equal', () => {
  const table = paperTable(rows);
  const best = bestCells(table);
  expect(table.rows.map((row) => row.cells[0]!.map((cell) => best.has(cell!)))).toEqual([
    [false, true],
    [true, true],
  ]);
  expect(bestCells(paperTable(rows.slice(0, 1))).size).toBe(0);
  expect(latex.render(table, { best: 'bold' })).toContain('$\\mathbf{2.00 \\pm 1.00}$');
  expect(latex.render(table)).not.toContain('mathbf');
  expect(markdown.render(table, { best: 'bold' })).toContain('**2.00 ± 1.00**');
});

test('of accuracies over unlike queries none is the best', () => {
  const table = (unavailable: readonly number[]) =>
    paperTable(
      [
        summaryRow({ scheme: 'BACC' }, { degraded: [0.9, 0.9], unavailable: [1, 1] }),
        summaryRow({ scheme: 'ParM' }, { degraded: [0.1, 0.3], unavailable }),
      ],
      { metrics: ['degraded'] },
    );
  expect(bestCells(table([0.25, 0.25])).size).toBe(0);
  expect(bestCells(table([1, 1])).size).toBe(1);
});

test('a mean that leaves out trials which another scheme decoded is never the best, and a note says so', () => {
  const cell = (scheme: string, mse: number, which: readonly number[], listed = true) => ({
    ...summaryRow({ scheme }, { mse: Array.from({ length: 30 - which.length }, () => mse) }),
    ...(which.length > 0 && { undecoded: { count: which.length, ...(listed && { which: new Set(which) }) } }),
  });
  const bold = (...cells: ReturnType<typeof cell>[]) => {
    const table = paperTable(cells, { metrics: ['mse'] });
    const best = bestCells(table);
    return table.rows.filter((row) => best.has(row.cells[0]![0]!)).map(({ scheme }) => scheme);
  };
  const hard = [1, 4, 9, 16, 25];
  const table = paperTable([cell('mine', 0, hard), cell('BACC', 4, []), cell('NeRCC0', 3, [])]);
  expect(bold(cell('mine', 0, hard), cell('BACC', 4, []), cell('NeRCC0', 3, []))).toEqual(['NeRCC0']);
  expect(latex.render(table, { best: 'bold' }).match(/mathbf/g)).toHaveLength(1);
  expect(markdown.render(table)).toContain(
    'Trials decoded: mine 25 of 30. Such a mean leaves the others out, and is never marked as the best beside one that has them.',
  );
  // the same trials, fewer of them, others, and a reference that only has their number
  expect(bold(cell('mine', 0, hard), cell('BACC', 4, hard))).toEqual(['mine']);
  expect(bold(cell('mine', 0, hard.slice(1)), cell('BACC', 4, hard))).toEqual([]);
  expect(bold(cell('mine', 0, [2]), cell('BACC', 4, [3]))).toEqual([]);
  expect(bold(cell('mine', 0, hard, false), cell('BACC', 4, []), cell('NeRCC0', 5, []))).toEqual(['BACC']);
});

test('metrics, caption and label are the author’s', () => {
  const text = latex.render(paperTable(rows, { metrics: ['relacc'] }), { caption: 'Own $x$.', label: 'tab:own' });
  expect(text).toContain('\\caption{Own $x$.}\n\\label{tab:own}');
  expect(text).not.toContain('MSE');
});

test('a wide table takes both columns of a page, a wider one is parted; each number stands in it once', () => {
  const values = { mse: [1, 2], relacc: [0.9, 1] };
  const models = (count: number) =>
    Array.from({ length: count }, (_, i) => summaryRow({ model: `a-rather-long-name-${i}` }, values));
  const environment = (count: number) => /\\begin\{(table\*?)\}/.exec(latex.render(paperTable(models(count))))?.[1];
  expect([1, 3].map(environment)).toEqual(['table', 'table*']);
  const parted = latex.render(paperTable(models(8)));
  expect(parted.match(/\\begin\{tabular\}\{@/g)!.length).toBeGreaterThan(1);
  expect(parted.match(/1\.50 \\pm 0\.71/g)).toHaveLength(8);
});

test('published numbers keep their last digit and name a key for \\cite', () => {
  const numbers = readPublished();
  const of = (id: string) => numbers.find((number) => number.id === id)!;
  expect(publishedDecimals(of('nercc-table1-repvgg-nercc-relacc'))).toBe(2);
  expect(publishedDecimals(of('approxifer-mnist-approxifer-k8'))).toBe(3);
  const row = summaryRow(
    { model: 'repvgg-slim-cifar10', dataset: 'cifar10', scheme: 'NeRCC', S: 50 },
    { mse: [1, 2, 3], relacc: [0.9, 0.9, 1] },
  );
  const table = paperTable([row], { published: numbers });
  expect(latex.render(table)).toMatch(/NeRCC, published \\cite\{nercc2024\} & .* & \$0\.90 \\pm 0\.02\$/);
  expect(markdown.render(table)).toContain('0.90 ± 0.02');
});

test('every published number meets a packaged config', () => {
  const folder = path.join(packageRoot, 'configs');
  const configs = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml') && !/^(avcc|train|serving|tune)/.test(file))
    .map((file) => readConfig(path.join(folder, file)).data)
    .filter(({ kind = 'inference' }) => kind === 'inference')
    .map((value) => parseExperiment(value));
  const cells = configs.flatMap((config) =>
    makePlan(config).cells.map(({ key, entry }) => ({ ...key, scheme: entry.label, config })),
  );
  for (const number of readPublished()) {
    const met = number.models.filter((model) =>
      cells.some(
        (cell) =>
          cell.config.model === model &&
          cell.config.dataset === number.dataset &&
          cell.scheme === number.scheme &&
          (number.experiment === undefined || cell.config.name === number.experiment) &&
          (['K', 'N', 'S', 'E', 'attack'] as const).every(
            (name) => number[name] === undefined || String(number[name]) === String(cell[name]),
          ),
      ),
    );
    expect(met, number.id).toEqual(number.models);
    expect(met.length, number.id).toBeGreaterThan(0);
  }
});
