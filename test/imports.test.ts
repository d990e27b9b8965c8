import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Rule {
  readonly name: string;
  readonly from: { readonly path: string };
  readonly to: { readonly pathNot: string };
}

/** Folders of `src` that files of `folder` import from, types included. */
function importedBy(folder: string): Set<string> {
  const found = new Set<string>();
  const all = readdirSync(path.join(root, 'src', folder), { recursive: true, encoding: 'utf8' });
  for (const name of all.filter((file) => file.endsWith('.ts'))) {
    const file = path.join(root, 'src', folder, name);
    for (const [, target] of readFileSync(file, 'utf8').matchAll(/(?:from|import\() ?'(\.[^']+)'/g))
      found.add(path.relative(path.join(root, 'src'), path.resolve(path.dirname(file), target!)).split(path.sep)[0]!);
  }
  return found;
}

it('every permission to import that .dependency-cruiser.cjs gives is used', () => {
  const { forbidden } = createRequire(import.meta.url)('../.dependency-cruiser.cjs') as { forbidden: Rule[] };
  const unused = forbidden
    .filter(({ from, name }) => name.endsWith('-imports') && from.path.startsWith('^src/'))
    .flatMap(({ name, to }) => {
      const folder = name.replace(/-imports$/, '');
      const imported = importedBy(folder);
      const permitted = /\((.*)\)/.exec(to.pathNot)![1]!.split('|');
      return permitted
        .filter((other) => other !== folder && !imported.has(other))
        .map((other) => `${folder} -> ${other}`);
    });
  expect(unused).toEqual([]);
});

/** Packages that are loaded with `file`: its imports and theirs, but not what is imported when a function runs, nor types. */
function loadedWith(file: string, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>();
  if (seen.has(file)) return packages;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  for (const [, target] of text.matchAll(/^(?:import|export) (?!type\b)[^;]*? from '([^']+)'/gm)) {
    if (target!.startsWith('.'))
      for (const name of loadedWith(path.resolve(path.dirname(file), target!), seen)) packages.add(name);
    else if (!target!.startsWith('node:')) packages.add(target!);
  }
  return packages;
}

it('every module that threads and processes start with is an entry of the bundle', () => {
  const bundled = readFileSync(path.join(root, 'scripts/bundle.js'), 'utf8');
  const entries = [
    ...[...bundled.matchAll(/^ {2}'([\w/-]+)',$/gm)].map(([, name]) => name),
    ...[...bundled.matchAll(/'(\w+)'(?=[^\]]*\]\.map\(\(kind\))/g)].map(([, kind]) => `kinds/${kind}/unit`),
  ];
  const started = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [
      ...readFileSync(path.join(root, 'src', file), 'utf8').matchAll(/moduleUrl\('([\w/-]+)\.js'\)/g),
    ])
    .map(([, name]) => name);
  expect(started.length).toBeGreaterThan(6);
  expect(started.filter((name) => !entries.includes(name))).toEqual([]);
});

it('loads no package but the parser of the command line before a command is known', () => {
  const main = path.join(root, 'src/cli/main.ts');
  const commands = [...readFileSync(main, 'utf8').matchAll(/import\('(\.[^']+)'\)/g)].map(([, file]) => file!);
  expect(commands.length).toBeGreaterThan(20);
  for (const file of [main, ...commands.map((command) => path.resolve(path.dirname(main), command))])
    expect([file, [...loadedWith(file)].filter((name) => name !== 'commander')]).toEqual([file, []]);
});
