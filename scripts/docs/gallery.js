// Draws the figures of the gallery, 3.25 in wide, from the committed references, and writes docs/gallery/index.md.
// npm run build && node scripts/docs/gallery.js
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { configOf } from './config-of.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const gallery = path.join(root, 'docs/gallery');

/** What the gallery shows: a reference, one of its figures, what it says. @type {readonly (readonly [string, string, string])[]} */
const shown = [
  ['stragglers-lenet5', 'mse_per_output-against-S-output=logits', 'MSE against the number of stragglers'],
  [
    'stragglers-vit-tiny',
    'relacc-against-S-output=logits',
    'RelAcc of a vision transformer against the number of stragglers',
  ],
  ['smoothing-resnet56', 'mse_per_output-against-lambda_dec-output=softmax', 'MSE against λ of the decoder'],
  ['frontier-workers-lenet5', 'relacc-against-N', 'RelAcc against the number of workers'],
  ['frontier-stragglers-lenet5', 'mse-against-S', 'Kriging and replication beside the published schemes'],
  ['approxifer-byzantine-attacks', 'accuracy-against-attack', 'Accuracy under nine attacks'],
  ['approxifer-vs-parm-mnist', 'published-degraded-lenet5-mnist-logits', 'Our numbers beside published ones'],
  ['approxifer-byzantine-e', 'locate_recall-against-E', 'How many liars are found'],
  ['table1-lenet5-settings', 'relacc-against-scheme-output=logits', 'Settings that are no sweep'],
  ['avcc-mnist-4-vs-9', 'time-of-training', 'Where the time of a training goes'],
];

const folder = mkdtempSync(path.join(tmpdir(), 'gallery-'));
const rows = [];
try {
  for (const [name, figure, says] of shown) {
    const run = path.join(folder, name);
    cpSync(path.join(root, 'results/reference', name), run, { recursive: true });
    const command = [path.join(root, 'bin/approxifer.js'), 'figures', run, '--format', 'svg', '--width', '3.25in'];
    const { status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${name}: ${stderr}`);
    const there = readdirSync(path.join(run, 'figures'));
    if (!there.includes(`${figure}.svg`)) throw new Error(`${name} has no figure ${figure}, but ${there.join(', ')}`);
    cpSync(path.join(run, 'figures', `${figure}.svg`), path.join(gallery, `${name}.svg`));
    const config = configOf(name);
    const commands = `\`approxifer run ${config.replace(/\.yaml$/, '')}\`, then \`approxifer figures results/runs/${name} --width 3.25in\``;
    rows.push(`| ![${says}](./${name}.svg)<br>${says} | \`configs/${config}\` | ${commands} |`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const text = `# Gallery

Each picture as it stands in a column of 3.25 in, the config behind it and the commands that draw it. They are drawn from the committed
references by \`node scripts/docs/gallery.js\`.

| picture | config | commands |
|---|---|---|
${rows.join('\n')}
`;
writeFileSync(path.join(gallery, 'index.md'), text);
console.log(`${rows.length} figures`);
