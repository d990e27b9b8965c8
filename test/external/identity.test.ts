import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { external } from '../../src/external/external.ts';
import { experimentDifferences } from '../../src/results/manifest.ts';
import { temporaryFolder } from '../helpers/folder.ts';
import { manifest } from '../helpers/run.ts';
import { subject } from './subject.ts';

/** A program that says hello, and nothing more. */
const hello = `const header = Buffer.from(JSON.stringify({ id: 1, type: 'hello', protocol: 1, arrays: [] }));
const length = Buffer.alloc(4);
length.writeUInt32LE(header.length);
process.stdin.once('data', () => process.stdout.write(Buffer.concat([Buffer.from('AXF1'), length, header])));
process.stdin.on('end', () => process.exit());
`;

async function digests(folder: string, command: string[], files: string[] = []): Promise<Record<string, string>> {
  const options = external.options.parse({ command, files });
  const opened = await external.open(options, { folder, label: 'Own', subject });
  await opened.close();
  return { ...opened.digests };
}

test('every file that decides what an external scheme does has a digest: its program too, and files of one name', async () => {
  const folder = temporaryFolder();
  const at = (name: string) => path.join(folder, name);
  for (const name of ['a', 'b']) mkdirSync(at(name));
  for (const name of ['a/w.bin', 'b/w.bin']) writeFileSync(at(name), 'same');
  writeFileSync(at('own.mjs'), hello);
  writeFileSync(at('run'), `#!/bin/sh\nexec "${process.execPath}" own.mjs\n`);
  chmodSync(at('run'), 0o755);
  writeFileSync(at('settings'), 'x');

  const before = await digests(folder, ['./run', 'settings', '--rate=1/2'], ['a/w.bin', 'b/w.bin', 'own.mjs']);
  expect(Object.keys(before).sort()).toEqual(['Own: own.mjs', 'Own: run', 'Own: settings', 'Own: w.bin']);
  writeFileSync(at('a/w.bin'), 'other'); // the first of two
  const after = await digests(folder, ['./run', 'settings', '--rate=1/2'], ['a/w.bin', 'b/w.bin', 'own.mjs']);
  expect(after['Own: w.bin']).not.toBe(before['Own: w.bin']);
  // what is installed on this machine is not part of the experiment
  expect(Object.keys(await digests(folder, [process.execPath, 'own.mjs']))).toEqual(['Own: own.mjs']);
});

test('where the program of an external scheme lies does not count, what it is told does', () => {
  const run = (...command: string[]) =>
    manifest({
      config: { ...manifest().config, schemes: [{ scheme: 'external', options: { command } }] },
      digests: { ...manifest().digests, schemes: { 'Own: own.py': 'c'.repeat(64) } },
    });
  expect(experimentDifferences(run('python3', '/elsewhere/a/own.py'), run('python3', '../b/own.py'))).toEqual([]);
  const told = experimentDifferences(run('python3', 'own.py', 'x/1.5'), run('python3', 'own.py', 'y/1.5'));
  expect(told).toMatchObject([{ a: 'x/1.5', b: 'y/1.5' }]);
});

test('a program may take as long as it is allowed, however long that is', async () => {
  const folder = temporaryFolder();
  writeFileSync(
    path.join(folder, 'own.mjs'),
    hello.replace('() => process.stdout', '() => setTimeout(() => process.stdout').replace('])));', '])), 300));'),
  );
  const options = external.options.parse({ command: [process.execPath, 'own.mjs'], timeout: '3000000s' });
  await (await external.open(options, { folder, label: 'Own', subject })).close();
  expect(external.options.safeParse({ command: ['x'], timeout: '0s' }).success).toBe(false);
});

test('where the matrices of a scheme lie does not count', () => {
  const run = (encode: string, decode: string) =>
    manifest({ config: { ...manifest().config, schemes: [{ scheme: 'matrix', options: { encode, decode } }] } });
  expect(experimentDifferences(run('a/G.npy', 'a/D.npy'), run('../b/G.npy', '/c/D.npy'))).toEqual([]);
  expect(experimentDifferences(run('G.npy', 'D.npy'), run('G.npy', 'least-squares'))).toHaveLength(1);
});
