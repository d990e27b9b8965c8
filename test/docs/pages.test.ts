import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { kindOf } from '../../src/kinds/registry.ts';
import { keyColumns, pairedColumns } from '../../src/results/schema.ts';
import { allPages, blocks, root } from './pages.ts';

const pages = allPages();

describe('what is made by machine in the docs', () => {
  // TypeDoc compiles the library
  const slow = 240_000;
  it(
    'is up to date (needs `npm run build`; mended by `npm run docs:fill`)',
    () => {
      const output = execFileSync(process.execPath, ['scripts/docs/fill.js', '--check'], {
        cwd: root,
        encoding: 'utf8',
      });
      expect(output).toBe('');
    },
    slow,
  );

  it('has every column of the files', () => {
    const { text } = pages.find(({ file }) => file === 'docs/reference/files.md')!;
    const missing = [...keyColumns, ...pairedColumns].filter((column) => !text.includes(`\`${column}\``));
    expect(missing).toEqual([]);
  });
});

describe('configs of the docs', () => {
  const configs = pages.flatMap(({ file, text }) =>
    blocks(text, 'yaml')
      .filter((block) => /^name: /m.test(block) && /^schemes:/m.test(block))
      .map((block) => ({ file, block })),
  );

  it.each(configs)('are valid: $file', async ({ block }) => {
    const document = parse(block);
    const loaded = (await kindOf(document)).load(document);
    expect(loaded.outline().cells).toBeGreaterThan(0);
  });

  it('are several', () => {
    expect(configs.length).toBeGreaterThan(2);
  });
});
