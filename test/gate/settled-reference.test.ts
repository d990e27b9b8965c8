import { cpSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, expect, test, vi } from 'vitest';
import { acceptRun } from '../../src/gate/accept.ts';
import { packagedReferences } from '../../src/results/references.ts';
import { packageRoot } from '../../src/util/folders.ts';
import { cli } from '../helpers/cli.ts';
import { temporaryFolder } from '../helpers/folder.ts';
import { manifest, summaryRow, writeRun } from '../helpers/run.ts';

// a package of this test's own: the references of the checkout are left alone
vi.mock('../../src/util/folders.ts', async (original) => {
  const folders = await original<typeof import('../../src/util/folders.ts')>();
  const own = mkdtempSync(path.join(tmpdir(), 'approxifer-test-'));
  cpSync(path.join(folders.packageRoot, 'package.json'), path.join(own, 'package.json'));
  return { ...folders, packageRoot: own };
});
afterAll(() => {
  if (packageRoot.startsWith(tmpdir())) rmSync(packageRoot, { recursive: true });
});

const run = () => writeRun([summaryRow({ scheme: 'BACC' }, { mse: [1, 2] })], manifest());
const shipped = path.join(packagedReferences, 'mine');
const hidden = path.join(packagedReferences, '.mine.accept-old');

/** A reference that ships, as an `accept` leaves it that was killed between its two renames. */
beforeEach(() => {
  expect(packagedReferences.startsWith(tmpdir())).toBe(true);
  acceptRun(run(), shipped, 'now');
  renameSync(shipped, hidden);
});

test.each([
  ['check', (folder: string) => ['check', folder, '--against', 'mine']],
  ['diff', (folder: string) => ['diff', folder, 'mine']],
  ['report', (folder: string) => ['report', folder, 'mine']],
])('%s ends an accept that was killed where the name of a reference leads to', async (_, words) => {
  const before = process.cwd();
  process.chdir(temporaryFolder());
  try {
    const { stderr } = await cli(...words(run()));
    expect(stderr).not.toMatch(/no such folder/);
  } finally {
    process.chdir(before);
  }
  expect([existsSync(shipped), existsSync(hidden)]).toEqual([true, false]);
});
