import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/main.ts';
import { allPages, blocks, root } from './pages.ts';

/** The program, with every action replaced by nothing: a command is parsed and not carried out. */
async function parser(): Promise<Command> {
  const quiet = (command: Command) => {
    command.exitOverride();
    command.configureOutput({ writeErr: () => {}, writeOut: () => {} });
    command.action(() => {});
    command.commands.forEach(quiet);
  };
  const program = await createProgram();
  program.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
  program.commands.forEach(function each(command) {
    if (command.commands.length === 0) quiet(command);
    else command.commands.forEach(each);
  });
  return program;
}

/** The words of a line of a shell, as far as the docs go: quotes, comments, and what a shell or a batch system would put in as `1`. */
function words(line: string): string[] {
  const text = line
    .replace(/auto(?=\/\d)|\{\}|\$\{\{[^}]*\}\}|\$\(\([^)]*\)\)|\$\{?\w+\}?/g, '1')
    .replace(/\s#\s.*$/, '');
  return [...text.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) => word.replace(/['"]/g, ''));
}

/** The calls of approxifer in a block: after `&&`, `;`, `do` and `parallel` too, without what they are piped to. */
function calls(block: string): string[] {
  return block
    .replace(/\\\n\s*/g, ' ')
    .split(/\n|&&|;|\bdo\b/)
    .map((line) => line.trim().replace(/^(npx |parallel -j \d+ )/, ''))
    .filter((line) => /^approxifer(\s|$)/.test(line))
    .map((line) => line.replace(/\s(\||>>?|2>|:::).*$/, ''));
}

const pages = allPages();
const written = pages.flatMap(({ file, text }) => {
  const inBlocks = [
    ...blocks(text, 'sh'),
    ...blocks(text, 'yaml').flatMap((block) => block.match(/npx approxifer.*$/gm) ?? []),
  ];
  const inText = [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/`((?:npx )?approxifer [a-z][^`]*)`/g)].map(
    ([, call]) => call!,
  );
  return [...inBlocks.flatMap(calls), ...inText.flatMap(calls)].map((call) => ({ file, call }));
});

describe('commands of the docs', () => {
  it('are many', () => {
    expect(written.length).toBeGreaterThan(100);
  });

  it('are understood by the command line', async () => {
    const wrong: string[] = [];
    for (const { file, call } of written) {
      // a usage line, `approxifer list schemes|attacks`, or a command that is only named
      if (/[<[|…]/.test(call) || /^approxifer [a-z]+( [a-z]+)?$/.test(call)) continue;
      try {
        await (await parser()).parseAsync(words(call).slice(1), { from: 'user' });
      } catch (error) {
        wrong.push(`${file}: ${call}: ${error instanceof Error ? error.message : error}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('name configs and references that are there', () => {
    const missing = written.flatMap(({ file, call }) =>
      words(call)
        .filter((word) => /^(configs|results\/reference)\/[\w./-]+$/.test(word))
        .filter((word) => !existsSync(path.join(root, word)))
        .map((word) => `${file}: ${word}`),
    );
    expect(missing).toEqual([]);
  });

  it('are loaded alone by their first word', async () => {
    const all = (await createProgram()).commands.map((command) => command.name());
    expect(all.length).toBeGreaterThan(25);
    for (const name of all) {
      const own = (await createProgram(name)).commands.map((command) => command.name());
      expect(own).toContain(name);
      expect(own.length).toBeLessThan(4);
    }
  });

  it('are refused when they are wrong', async () => {
    await expect((await parser()).parseAsync(['run', 'x.yaml', '--trails', '5'], { from: 'user' })).rejects.toThrow(
      '--trails',
    );
    await expect((await parser()).parseAsync(['rum', 'x.yaml'], { from: 'user' })).rejects.toThrow('rum');
  });
});
