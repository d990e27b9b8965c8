import path from 'node:path';
import { expect, it } from 'vitest';
import { packagedReferences, referenceFolder } from '../../src/results/references.ts';
import { builtCli } from '../helpers/cli.ts';

it('a reference that ships is named; a folder of that name comes first, unless it is the run', () => {
  const quickstart = path.join(packagedReferences, 'quickstart');
  expect(referenceFolder('quickstart', 'results/runs/quickstart')).toBe(quickstart);
  expect(referenceFolder('test', 'results/runs/quickstart')).toBe('test');
  expect(referenceFolder('./test', 'test')).toBe('./test');
  expect(() => referenceFolder('quickstrat', 'x')).toThrow(
    /^quickstrat: no such folder, and no reference .*list references/,
  );
  const before = process.cwd();
  process.chdir(packagedReferences);
  try {
    expect(referenceFolder('quickstart', quickstart)).toBe(quickstart);
    expect(referenceFolder('avcc-mds', quickstart)).toBe('avcc-mds');
  } finally {
    process.chdir(before);
  }
});

it('check and diff take the name', () => {
  const run = path.join(packagedReferences, 'quickstart');
  expect(builtCli('check', run, '--against', 'quickstart')).toMatchObject({ code: 0 });
  expect(builtCli('diff', run, 'quickstart').stdout).toMatch(/0 values differ/);
});
