import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readManifest } from '../../src/results/read.ts';
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

it('references of configs for tune are λ surfaces', () => {
  const names = readdirSync(new URL('../../configs/tune', import.meta.url)).flatMap((file) =>
    ['', '-seed2'].map((seed) => `tune-${path.parse(file).name}${seed}`),
  );
  const folders = names.map((name) => path.join(packagedReferences, name)).filter((folder) => existsSync(folder));
  expect(folders.length).toBeGreaterThan(0);
  for (const folder of folders) expect(readManifest(folder).made_by, folder).toBe('tune');
});
