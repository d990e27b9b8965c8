import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkRun } from '../../src/gate/gate.ts';
import { gateMarkdown, gateText } from '../../src/gate/report.ts';
import type { SummaryRow } from '../../src/results/read.ts';
import { lambdaDigits, lambdaText } from '../../src/tables/keys.ts';
import { latex } from '../../src/tables/latex.ts';
import { markdown } from '../../src/tables/markdown.ts';
import { pairedLines } from '../../src/tables/paired.ts';
import { paperTable } from '../../src/tables/table.ts';
import { manifest, summaryRow } from '../helpers/run.ts';

const lambda = fc.oneof(fc.double({ min: 0, max: 10, noNaN: true }), fc.constantFrom(1e-6, 1.0001e-6, 0.1, 0.3, 0));

test('λ print with three digits, or with as many as tell them apart', () => {
  expect(lambdaDigits([1e-6, 1.2e-6, 3.16227766017e-10])).toBe(3);
  expect(lambdaDigits([1e-6, 1.0001e-6])).toBe(5);
  fc.assert(
    fc.property(fc.uniqueArray(lambda, { maxLength: 12 }), (lambdas) => {
      const digits = lambdaDigits(lambdas);
      expect(new Set(lambdas.map((value) => lambdaText(value, digits))).size).toBe(new Set(lambdas).size);
    }),
    { seed: 5, numRuns: 200 },
  );
});

const near = [1e-6, 1.0001e-6].map((lambda_dec) =>
  summaryRow({ scheme: 'NeRCC <b>', lambda_enc: 0, lambda_dec }, { mse: [1, 2, 3], relacc: [1, 1, 1] }),
);

test.each([markdown, latex])('rows of two near λ are not alike in $name', ({ render }) => {
  const text = render(paperTable(near));
  expect(text.match(/\b1e-6\b/g)).toHaveLength(1);
  expect(text).toContain('1.0001e-6');
});

test('a gate names cells of near λ apart, counts one as one, and writes no tag into Markdown', () => {
  const moved = near.map((row) => ({
    ...row,
    metrics: new Map(row.metrics).set('mse', { mean: 9, std: 1, sem: 1 }),
  }));
  const meta = manifest({ trials: 3 });
  const two = checkRun({ manifest: meta, rows: moved }, { manifest: meta, rows: near });
  expect(gateText(two)).toMatch(/lambda_dec=1e-6 .*\n.*lambda_dec=1\.0001e-6 /);
  const one = checkRun({ manifest: meta, rows: moved.slice(1) }, { manifest: meta, rows: near.slice(1) });
  expect(gateText(one)).toMatch(/ in 1 cell compared/);
  const page = gateMarkdown(one, { run: 'a`b', reference: 'c' });
  expect(page).toContain('NeRCC &lt;b>');
  expect(page).not.toContain('<b>');
  expect(page).toContain('a`b against `c`');
});

test('paired lines name sides of near λ apart', () => {
  const side = (lambda_dec: number) => ({
    scheme: 'NeRCC',
    N: 10,
    lambda_enc: 0,
    lambda_dec,
    order: 'given',
    options: '',
  });
  const [{ key }] = near as [SummaryRow];
  const row = {
    key,
    metric: 'mse',
    trials: 3,
    a: side(1e-6),
    b: side(1.0001e-6),
    mean: 1,
    sem: 1,
    low: 0,
    high: 2,
  } as const;
  const [line] = pairedLines([row], ['mse']);
  expect([line!.a, line!.b]).toEqual(['NeRCC lambda_dec=1e-6', 'NeRCC lambda_dec=1.0001e-6']);
});
