import path from 'node:path';
import { expect, test } from 'vitest';
import { suiteDocuments } from '../../src/cli/bench-documents.ts';
import { cli } from '../helpers/cli.ts';
import { temporaryFolder } from '../helpers/folder.ts';

test('an added scheme takes part in every track, with as many trials as are asked for', async () => {
  const documents = await suiteDocuments(['{nercc: {lambdaDec: 1.0e-5, label: mine}}'], 9);
  for (const { document } of documents) {
    expect((document.data.schemes as unknown[]).at(-1)).toEqual({ nercc: { lambdaDec: 1e-5, label: 'mine' } });
    expect(document.data.trials).toBe(9);
  }
});

test.each([
  ['{nercc: {lambdaDec: [1.0e-9, 100.0], label: mine}}', /label: mine}}: found a list of λ, and a row is one scheme/],
  ['{kriging: {placement: {c: auto}, label: mine}}', /label: mine}}: c: auto is chosen on queries that/],
  ['{nercc: {lambdaDek: 1}}', /^approxifer: --add {nercc: {lambdaDek: 1}}: .*lambdaDec/],
  ['bacc', /^approxifer: --add bacc: two schemes have the label "BACC"/],
  // the label of a scheme of the tracks with liars alone
  [
    '{bacc: {label: ApproxIFER-unit}}',
    /^approxifer: --add {bacc: {label: ApproxIFER-unit}}: two schemes have the label/,
  ],
])('--add %s is refused before anything runs, as of the option', async (entry, message) => {
  const { code, stderr } = await cli('bench-suite', '--add', entry, '--out', path.join(temporaryFolder(), 'a'));
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
});
