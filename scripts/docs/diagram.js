// Draws docs/pictures/coded-inference.svg from the coded images that approxifer itself sends and the predictions that it decodes:
// node scripts/docs/diagram.js (needs `npm run build`; MNIST and LeNet5 come with the packages)
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { berrut } from '../../dist/index.js';
import { openModel } from '../../dist/models/registry.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'approxifer-diagram-'));
execFileSync(process.execPath, ['bin/approxifer.js', 'run', 'configs/figures/coded-inference.yaml', '--out', folder], {
  cwd: root,
});
const [queries, coded] = JSON.parse(readFileSync(path.join(folder, 'samples.json'), 'utf8')).sets.map(readSet);
rmSync(folder, { recursive: true });

/** The points of a set: float32 behind the header of a `.npy` file. */
function readSet({ file, count }) {
  const bytes = readFileSync(path.join(folder, file));
  const start = 10 + bytes.readUInt16LE(8);
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length));
  return { count, values, size: values.length / count };
}

const late = [2, 5];
const survivors = Array.from({ length: coded.count }, (_, n) => n).filter((n) => !late.includes(n));
const model = await openModel('lenet5-mnist');
const answers = await model.infer(coded.values, coded.count);
const m = answers.length / coded.count;
const kept = Float64Array.from(survivors.flatMap((n) => [...answers.subarray(n * m, (n + 1) * m)]));
const decoded = berrut({ K: queries.count, N: coded.count }).decode(kept, m, survivors);
const classes = Array.from({ length: queries.count }, (_, k) => {
  const row = [...decoded.subarray(k * m, (k + 1) * m)];
  return row.indexOf(Math.max(...row));
});
await model.dispose();

/** An image of a point, its own range stretched to black and white: coded points lie outside [0, 1]. */
async function picture({ values, size }, index) {
  const pixels = values.subarray(index * size, (index + 1) * size);
  const [low, high] = [Math.min(...pixels), Math.max(...pixels)];
  const side = Math.sqrt(size);
  const grey = Uint8Array.from(pixels, (value) => 255 - Math.round((255 * (value - low)) / (high - low)));
  const png = await sharp(grey, { raw: { width: side, height: side, channels: 1 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
  return `data:image/png;base64,${png.toString('base64')}`;
}

const [width, height, box] = [760, 470, 44];
const column = { query: 60, coded: 300, prediction: 690 };
const rowOf = (index, count) => 60 + (index + 0.5) * ((height - 80) / count);
const line = (x1, y1, x2, y2, style) => `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" ${style}/>`;
const words = (x, y, text, more = '') => `<text x="${x}" y="${y}" ${more}>${text}</text>`;
const image = async (set, index, x, y) =>
  `<image x="${x - box / 2}" y="${y - box / 2}" width="${box}" height="${box}" href="${await picture(set, index)}"/><rect x="${x - box / 2}" y="${y - box / 2}" width="${box}" height="${box}" fill="none" stroke="#555"/>`;

const parts = [];
const thin = 'stroke="#9ab" stroke-width="0.7"';
for (let k = 0; k < queries.count; k++)
  for (let n = 0; n < coded.count; n++)
    parts.push(
      line(column.query + box / 2, rowOf(k, queries.count), column.coded - box / 2, rowOf(n, coded.count), thin),
    );
for (const n of survivors)
  for (let k = 0; k < queries.count; k++)
    parts.push(line(column.coded + 175, rowOf(n, coded.count), column.prediction - 22, rowOf(k, queries.count), thin));
for (let k = 0; k < queries.count; k++) {
  const y = rowOf(k, queries.count);
  parts.push(await image(queries, k, column.query, y), words(column.prediction, y + 8, classes[k], 'font-size="24"'));
}
for (let n = 0; n < coded.count; n++) {
  const y = rowOf(n, coded.count);
  const isLate = late.includes(n);
  parts.push(
    await image(coded, n, column.coded, y),
    line(column.coded + box / 2, y, column.coded + 85, y, 'stroke="#345"'),
    `<rect x="${column.coded + 85}" y="${y - 15}" width="90" height="30" rx="5" fill="${isLate ? '#eee' : '#dfeaf5'}" stroke="${isLate ? '#a33' : '#345'}" ${isLate ? 'stroke-dasharray="4 3"' : ''}/>`,
    words(column.coded + 130, y + 5, isLate ? 'late' : 'model f', isLate ? 'fill="#a33"' : ''),
  );
}
for (const [x, text] of [
  [column.query, `${queries.count} queries`],
  [column.coded, `${coded.count} coded queries`],
  [column.coded + 130, `${coded.count} workers`],
  [column.prediction, `${queries.count} predictions`],
])
  parts.push(words(x, 34, text, 'font-weight="bold"'));
parts.push(
  words((column.query + column.coded) / 2, 34, 'encode'),
  words((column.coded + 175 + column.prediction) / 2, 34, 'decode'),
);
writeFileSync(
  path.join(root, 'docs/pictures/coded-inference.svg'),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="DejaVu Sans, Helvetica, sans-serif" font-size="13" text-anchor="middle"><rect width="100%" height="100%" fill="#fff"/>${parts.join('\n')}</svg>\n`,
);
console.log(`decoded classes: ${classes.join(', ')}`);
