// Makes dist/bundle out of dist: what the command line runs, in few files, since Node loads two hundred small ones slowly. The small
// packages that every command loads are in it too, with their licences beside it. Part of `npm run build`.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = path.join(root, 'dist', 'bundle');

/** Packages that come into the bundle; the others are loaded from node_modules when they are needed. */
const inside = ['commander', 'csv-parse', 'csv-stringify', 'ml-matrix', 'pure-rand', 'yaml', 'zod'];

/** The command line, and what threads, processes and other machines start with (`moduleUrl`). */
const entries = [
  'cli/main',
  'runs/worker',
  'serving/local-worker',
  'kinds/training/share-worker',
  'kinds/samples/experiment',
  ...['inference', 'parity', 'serving', 'training'].map((kind) => `kinds/${kind}/unit`),
];

rmSync(out, { recursive: true, force: true });
const bundle = await rolldown({
  input: Object.fromEntries(entries.map((name) => [name, path.join(root, 'dist', `${name}.js`)])),
  external: (id) =>
    /^[@\w]/.test(id) && !path.isAbsolute(id) && !inside.some((name) => id === name || id.startsWith(`${name}/`)),
  platform: 'node',
});
await bundle.write({ dir: out, format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' });
await bundle.close();

const licences = [...inside, ...['is-any-array', 'ml-array-max', 'ml-array-min', 'ml-array-rescale']].map((name) => {
  const folder = path.join(root, 'node_modules', name);
  const file = existsSync(folder) && readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file) throw new Error(`no licence of ${name} in ${folder}`);
  return `## ${name}\n\n${readFileSync(path.join(folder, file), 'utf8').trim()}\n`;
});
writeFileSync(path.join(out, 'LICENCES.md'), `# Packages in this bundle\n\n${licences.join('\n')}`);
