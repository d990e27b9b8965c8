// Draws the figures of the gallery and of other pages from the committed references, and writes docs/gallery/index.md.
// npm run build && node scripts/docs/gallery.js
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { configOf } from './config-of.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

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

/** Figures beside published numbers, for findings pages: a reference has one such figure. */
const besidePublished = [
  ['approxifer-stragglers', 'published-degraded-lenet5-mnist-logits'],
  ['approxifer-byzantine-e', 'published-accuracy-lenet5-mnist-logits'],
  ['approxifer-byzantine-sigma', 'published-accuracy-lenet5-mnist-logits'],
  ['approxifer-vs-parm-mnist', 'published-degraded-lenet5-mnist-logits'],
  ['approxifer-vs-parm-fashion', 'published-degraded-lenet5-fashion-logits'],
  ['approxifer-vs-parm-cifar10', 'published-degraded-resnet20-cifar10-logits'],
];

const folder = mkdtempSync(path.join(tmpdir(), 'gallery-'));

/** Draws the figures of a reference and keeps one. @param {string} name @param {string} figure @param {string} to folder in docs @param {...string} words */
function draw(name, figure, to, ...words) {
  const run = path.join(folder, name);
  cpSync(path.join(root, 'results/reference', name), run, { recursive: true });
  const command = [path.join(root, 'bin/approxifer.js'), 'figures', run, '--format', 'svg', ...words];
  const { status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name}: ${stderr}`);
  const there = readdirSync(path.join(run, 'figures'));
  if (!there.includes(`${figure}.svg`)) throw new Error(`${name} has no figure ${figure}, but ${there.join(', ')}`);
  cpSync(path.join(run, 'figures', `${figure}.svg`), path.join(root, 'docs', to, `${name}.svg`));
  rmSync(run, { recursive: true });
}

const rows = [];
try {
  for (const [name, figure, says] of shown) {
    draw(name, figure, 'gallery', '--width', '3.25in');
    const config = configOf(name);
    const commands = `\`approxifer run ${config.replace(/\.yaml$/, '')}\`, then \`approxifer figures results/runs/${name} --width 3.25in\``;
    rows.push(`| ![${says}](./${name}.svg)<br>${says} | \`configs/${config}\` | ${commands} |`);
  }
  for (const [name, figure] of besidePublished) draw(name, figure, 'pictures');
  draw('stragglers-lenet5', 'mse_per_output-against-S-output=logits', 'pictures', '--width', '4.5in');
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
writeFileSync(path.join(root, 'docs/gallery/index.md'), text);
console.log(`${rows.length + besidePublished.length + 1} figures`);
