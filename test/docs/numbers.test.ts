import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.ts';
import { root } from './pages.ts';

const check = (...pages: string[]) =>
  spawnSync(process.execPath, ['scripts/check-numbers.js', ...pages], { cwd: root, encoding: 'utf8' });

describe('numbers in the prose of the findings', () => {
  it('are in references that their page names', () => {
    const { status, stdout } = check();
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^\d+ pages, 0 numbers not found\n$/)]);
  });

  it('are refused where no reference has them', () => {
    const page = path.join(temporaryFolder(), 'page.md');
    const text = readFileSync(`${root}docs/start/reading-results.md`, 'utf8');
    for (const [right, wrong] of [
      ['[7.23, 10.47]', '[7.23, 10.48]'],
      ['17.54', '17.55'],
    ] as const) {
      expect(text).toContain(right);
      writeFileSync(page, text.replace(right, wrong));
      const { status, stdout } = check(page);
      expect([status, stdout]).toEqual([1, expect.stringContaining(`: ${wrong} is in no reference`)]);
    }
  });
});
