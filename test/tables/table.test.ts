import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { roundMean } from '../../src/tables/cells.ts';
import { csv } from '../../src/tables/csv.ts';
import { escapeLatex, latex } from '../../src/tables/latex.ts';
import { markdown } from '../../src/tables/markdown.ts';
import { readPublished } from '../../src/tables/published.ts';
import { joinRuns, paperTable } from '../../src/tables/table.ts';
import { UserError } from '../../src/util/errors.ts';
import { summaryRow } from '../helpers/run.ts';

const spread = (mean: number, std: number) => [mean - std, mean, mean + std];
const lenet = [
  summaryRow(
    { scheme: 'BACC' },
    { mse: spread(13.4, 1.25), mse_per_output: spread(1.34, 0.125), relacc: spread(0.95, 0.02) },
  ),
  summaryRow(
    { scheme: 'NeRCC0' },
    { mse: spread(6.6, 0.7), mse_per_output: spread(0.66, 0.07), relacc: [1, 1, Number.NaN] },
    1,
  ),
];

describe('rounding', () => {
  it('keeps two digits of the spread', () => {
    expect(roundMean({ mean: 0.9984, std: 0.0061, sem: 0 })).toEqual({ mean: '0.9984', std: '0.0061', exponent: 0 });
    expect(roundMean({ mean: 1.06, std: 0.31, sem: 0 })).toEqual({ mean: '1.06', std: '0.31', exponent: 0 });
    expect(roundMean({ mean: 1234.5, std: 120, sem: 0 })).toEqual({ mean: '1235', std: '120', exponent: 0 });
  });

  it('writes very small and very large numbers with a power of ten', () => {
    expect(roundMean({ mean: 1.234e-9, std: 3.1e-10, sem: 0 })).toEqual({ mean: '1.23', std: '0.31', exponent: -9 });
    expect(roundMean({ mean: 6.5e7, std: 2e6, sem: 0 })).toEqual({ mean: '6.50', std: '0.20', exponent: 7 });
  });

  it('has no spread for one trial, keeps an exact one, and nothing without a mean', () => {
    expect(roundMean({ mean: 0.25, std: Number.NaN, sem: 0 })).toEqual({ mean: '0.2500', exponent: 0 });
    expect(roundMean({ mean: 1, std: 0, sem: 0 })).toEqual({ mean: '1.000', std: '0.000', exponent: 0 });
    expect(roundMean({ mean: Number.NaN, std: 0, sem: 0 })).toBeUndefined();
  });
});

describe('the table of one condition', () => {
  it('leaves out what counts classes where the model has one output', () => {
    const shown = (mse: number[], each: number[], more = {}) =>
      paperTable([
        summaryRow({ scheme: 'BACC' }, { mse, mse_per_output: each, agreement: [1, 1], degraded: [1, 1], ...more }),
        summaryRow({ scheme: 'Replication' }, { mse: [0, 0], mse_per_output: [0, 0], agreement: [1, 1] }),
      ]);
    const names = (table: ReturnType<typeof shown>) => table.metrics.map(({ name }) => name);
    expect(names(shown([1, 3], [1, 3]))).toEqual(['mse']);
    expect(names(shown([1, 3], [0.5, 1.5]))).toEqual(['mse', 'agreement', 'degraded']);
    // nothing to tell by
    expect(names(shown([0, 0], [0, 0]))).toEqual(['mse', 'agreement', 'degraded']);
    const labelled = { accuracy: [0, 1], base_accuracy: [0, 1] };
    expect(shown([1, 3], [1, 3], labelled).notes.join(' ')).not.toContain('Base accuracy');
  });

  it('is the paper’s layout in aligned Markdown', () => {
    expect(markdown.render(paperTable(lenet))).toBe(
      [
        'synthetic: lenet5-mnist/mnist; output=logits, K=20, N=100, S=40, E=0, stragglers=uniform',
        '',
        '| method |        MSE ↓ |      RelAcc ↑ |',
        '|:-------|-------------:|--------------:|',
        '| BACC   | 13.40 ± 1.25 | 0.950 ± 0.020 |',
        '| NeRCC0 |  6.60 ± 0.70 | 1.000 ± 0.000 |',
        '',
        'Mean ± standard deviation over 3 trials.',
        'RelAcc leaves out trials in which the base model lenet5-mnist has no query right: up to 1 of 3.',
        '',
      ].join('\n'),
    );
  });

  it('says how often the model alone is right on the queries, where they have labels', () => {
    const cell = (model: string, dataset: string, base: number[], scheme = 'BACC') =>
      summaryRow({ model, dataset, scheme }, { mse: [1, 2, 3], agreement: [1, 1, 1], base_accuracy: base });
    const unlabelled = summaryRow({ model: 'regression' }, { mse: [1, 2, 3], agreement: [1, 1, 1] });
    const rows = [
      cell('lenet5-mnist', 'mnist', [0.99, 1, 0.995]),
      cell('lenet5-mnist', 'mnist', [0.99, 1, 0.995], 'NeRCC'),
      cell('resnet20-cifar10', 'cifar10', [0.9, 0.9, 0.9]),
      cell('resnet20-cifar10', 'cifar10', [0.8, 0.8, 0.8], 'NeRCC'),
      unlabelled,
    ];
    const lines = [
      'Base accuracy of lenet5-mnist on these queries: 0.995.',
      'Base accuracy of resnet20-cifar10 on these queries: 0.8 to 0.9.',
    ];
    const table = paperTable(rows);
    expect(table.notes.slice(1)).toEqual(lines);
    expect(markdown.render(table)).toContain(`\n${lines.join('\n')}\n`);
    expect(latex.render(table)).toContain(`${lines.join(' ')}}`);
    expect(csv.render(table)).not.toContain('Base accuracy');
    expect(paperTable([rows[0]!, cell('lenet5-mnist', 'fashion-mnist', [0.1, 0.1, 0.1])]).notes.slice(1)).toEqual([
      'Base accuracy of lenet5-mnist on these queries of mnist: 0.995.',
      'Base accuracy of lenet5-mnist on these queries of fashion-mnist: 0.1.',
    ]);
  });

  it('shows λ with three digits, and all of them in the CSV', () => {
    const lambda = [3.162277660168379e-10, 0.001, 0];
    const table = paperTable(
      lambda.map((lambda_dec) => summaryRow({ scheme: 'NeRCC', lambda_enc: 0, lambda_dec }, { mse: [1, 2, 3] })),
    );
    expect([...markdown.render(table).matchAll(/^\| +(\S+) \| NeRCC/gm)].map(([, text]) => text)).toEqual([
      '3.16e-10',
      '1e-3',
      '0',
    ]);
    expect(latex.render(table)).toContain('3.16e-10 & NeRCC');
    expect(csv.render(table)).toContain('3.162277660168379e-10,NeRCC');
  });

  it('says when a trial is the mean over several patterns', () => {
    expect(markdown.render(paperTable(lenet, { patterns: [4] }))).toContain(
      'Mean ± standard deviation over 3 trials, each the mean over 4 patterns.\n',
    );
    expect(markdown.render(paperTable(lenet, { patterns: [1, 4] }))).toContain('the mean over 1 or 4 patterns.');
  });

  it('shows the mean squared error per output on request', () => {
    const text = markdown.render(paperTable(lenet, { mse: 'mse_per_output' }));
    expect(text).toContain('MSE per output ↓');
    expect(text).toContain('1.34 ± 0.13');
    expect(text).not.toContain('13.4');
  });

  it('gives full precision in CSV', () => {
    const [first] = parse(csv.render(paperTable(lenet)), { columns: true }) as Record<string, string>[];
    expect(first).toEqual({
      method: 'BACC',
      source: '',
      mse_mean: '13.4',
      mse_std: '1.25',
      relacc_mean: String(lenet[0]!.metrics.get('relacc')!.mean),
      relacc_std: String(lenet[0]!.metrics.get('relacc')!.std),
    });
  });

  it('is LaTeX with booktabs rules and balanced columns', () => {
    const text = latex.render(paperTable(lenet));
    expect(text).toContain(
      '\\begin{tabular}{@{}lrr@{}}\n\\toprule\nMethod & MSE $\\downarrow$ & RelAcc $\\uparrow$ \\\\\n\\midrule',
    );
    expect(text).toContain('NeRCC$_0$ & $6.60 \\pm 0.70$ & $1.000 \\pm 0.000$ \\\\');
    const body = text.split('\n').filter((line) => line.endsWith('\\\\'));
    for (const line of body) expect(line.split('&')).toHaveLength(3);
  });
});

describe('the table of several conditions and models', () => {
  const rows = [20, 40].flatMap((S) =>
    ['BACC', 'NeRCC0'].map((scheme) => summaryRow({ scheme, S }, { mse: spread(S, 1), relacc: spread(0.9, 0.01) })),
  );

  it('puts the keys that vary before the method', () => {
    const table = paperTable(rows);
    expect(table.rowKeys).toEqual(['S']);
    expect(table.rows.map((row) => [...row.keys, row.scheme])).toEqual([
      ['20', 'BACC'],
      ['20', 'NeRCC0'],
      ['40', 'BACC'],
      ['40', 'NeRCC0'],
    ]);
    expect(latex.render(table).match(/\\addlinespace/g)).toHaveLength(1);
  });

  it('puts models side by side and what belongs to one model over its columns', () => {
    const other = lenet.map((row) => ({ ...row, key: { ...row.key, model: 'resnet20', dataset: 'cifar10', S: 50 } }));
    const table = paperTable([...lenet, ...other]);
    expect(table.rowKeys).toEqual([]);
    expect(table.groups.map(({ model, own }) => [model, own])).toEqual([
      ['lenet5-mnist', [{ key: 'S', value: '40' }]],
      ['resnet20', [{ key: 'S', value: '50' }]],
    ]);
    expect(table.rows).toHaveLength(2);
    const text = latex.render(table);
    expect(text).toContain(
      '\\multicolumn{2}{c}{lenet5-mnist/mnist ($S$=40)} & \\multicolumn{2}{c}{resnet20/cifar10 ($S$=50)}',
    );
    expect(text).toContain('\\cmidrule(lr){2-3} \\cmidrule(lr){4-5}');
  });

  it('tells the points of a λ sweep apart', () => {
    const sweep = [0, 1e-6].map((lambda_dec) =>
      summaryRow({ scheme: 'NeRCC', lambda_enc: 1e-9, lambda_dec }, { mse: spread(1, 0.1) }),
    );
    const table = paperTable(sweep);
    expect(table.rowKeys).toEqual(['lambda_dec']);
    expect(table.rows.map((row) => row.keys)).toEqual([['0'], ['0.000001']]);
  });

  it('adds the metrics that a run has besides', () => {
    const table = paperTable([
      summaryRow({ scheme: 'ParM' }, { mse: [1, 2], degraded: [0.7, 0.8], overall: [0.9, 1], available: [1, 1] }),
      summaryRow({ scheme: 'ApproxIFER' }, { mse: [1, 2], locate_recall: [0.5, 0.5], oracle_accuracy: [0.9, 1] }),
    ]);
    expect(table.metrics.map(({ name }) => name)).toEqual([
      'mse',
      'relacc',
      'degraded',
      'overall',
      'locate_recall',
      'oracle_accuracy',
    ]);
    expect(markdown.render(table)).toContain('–'); // RelAcc has no value here
  });
});

describe('several runs in one table', () => {
  const run = (folder: string, ...schemes: string[]) => ({
    folder,
    rows: schemes.map((scheme) => summaryRow({ scheme }, { mse: [1, 2] })),
  });

  it('may not share a cell, which could be shown once only', () => {
    expect(joinRuns([run('a', 'BACC'), run('b', 'NeRCC')])).toHaveLength(2);
    expect(() => joinRuns([run('a', 'BACC'), run('b', 'NeRCC', 'BACC')])).toThrow(
      /^b: has the cell ".*BACC.*" of a again/,
    );
  });

  it('have cells', () => {
    expect(() => joinRuns([run('a')])).toThrow(UserError);
  });
});

describe('published numbers', () => {
  it('stand under ours with their source, also when the MSE is per output', () => {
    for (const mse of ['mse', 'mse_per_output'] as const) {
      const text = markdown.render(paperTable(lenet, { mse, published: readPublished() }));
      expect(text).toMatch(/\| BACC, published \[N\] +\| +1\.06 ± 0\.31 \| +0\.99 ± 0\.01 \|/);
      expect(text).toContain('Published numbers [N]: Table 1 (');
    }
    const parm = summaryRow(
      { experiment: 'approxifer-vs-parm-mnist', scheme: 'ParM', K: 8, N: 9, S: 1 },
      { mse: [1, 2], degraded: [0.4, 0.5] },
    );
    const text = markdown.render(paperTable([parm], { published: readPublished() }));
    expect(text).toContain('Published numbers [A]: accuracy against K, S = 1 (');
    expect(text).toContain('given to ±0.0005');
  });

  it('are silent for a scheme or model that no source has', () => {
    const rows = [summaryRow({ scheme: 'Kriging' }, { mse: [1, 2] })];
    expect(markdown.render(paperTable(rows, { published: readPublished() }))).not.toContain('published');
  });

  it('have distinct ids, a place and a known metric each', () => {
    const numbers = readPublished();
    expect(new Set(numbers.map(({ id }) => id)).size).toBe(numbers.length);
  });
});

it('escapes what LaTeX would interpret', () => {
  expect(escapeLatex('a_b & 50 % of {x} \\ #1')).toBe('a\\_b \\& 50 \\% of \\{x\\} \\textbackslash{} \\#1');
});
