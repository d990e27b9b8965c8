// Degraded accuracy of the learned codes that ship, through the scheme itself, beside what their training recorded.
//
//     npm run build && node scripts/check-learned-codes.js [lenet5-mnist-k2 …]
//
// Consecutive groups of the whole test set, each answer lost once: the groups and erasures that scripts/train scores.
import { readdirSync, readFileSync } from 'node:fs';
import { openDataset } from '../dist/datasets/registry.js';
import { learnedCode } from '../dist/external/learned-code.js';
import { modelEntry, openModel } from '../dist/models/registry.js';

const folder = new URL('../models/learned/', import.meta.url);
const all = readdirSync(folder).filter((file) => file.endsWith('.json'));
const names = process.argv.length > 2 ? process.argv.slice(2) : all.map((file) => file.slice(0, -'.json'.length));
let worst = 0;
for (const name of names) {
  const { base, k: K, degradedAccuracy } = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));
  const [model, data] = await Promise.all([openModel(base), openDataset(modelEntry(base).reference.dataset)]);
  const scheme = await learnedCode.open({}, { folder: '', label: name, subject: { model, output: ['logits'] } });
  const encoder = await scheme.encoder(K, K + 1);
  const [D, m] = [data.shape.reduce((product, dim) => product * dim, 1), model.outputs];
  let [right, lost] = [0, 0];
  for (let first = 0; first + K <= data.length; first += K) {
    const images = Array.from({ length: K }, (_, i) => first + i);
    const points = new Float32Array((K + 1) * D);
    await data.read(images, points.subarray(0, K * D));
    const batch = { points: points.subarray(0, K * D), K, D, gram: unasked };
    for (const [worker, point] of (await encoder.pointsOf?.(batch)) ?? []) points.set(point, worker * D);
    const answers = Float64Array.from(await model.infer(points, K + 1));
    const received = images.map((_, query) => ({
      answers,
      m,
      survivors: Int32Array.from({ length: K + 1 }, (_, worker) => worker).filter((worker) => worker !== query),
      encoding: { matrix: encoder.matrix },
      batch,
      E: 0,
      random: unasked,
    }));
    const outcomes = await scheme.decode({ K, N: K + 1 }, received);
    outcomes.forEach((outcome, query) => {
      if (!('outputs' in outcome)) throw outcome;
      const { outputs } = outcome;
      const row = outputs.subarray(query * m, (query + 1) * m);
      if (row.indexOf(Math.max(...row)) === data.label?.(first + query)) right++;
      lost++;
    });
  }
  await Promise.all([scheme.close(), model.dispose()]);
  const [ours, recorded] = [(100 * right) / lost, 100 * degradedAccuracy];
  worst = Math.max(worst, Math.abs(ours - recorded));
  console.log(`${name}: ${ours.toFixed(2)} % of ${lost} lost answers; its training recorded ${recorded.toFixed(2)} %`);
}
if (worst > 0.1) {
  console.error('more than 0.1 point apart');
  process.exitCode = 1;
}

/** @returns {never} */
function unasked() {
  throw new Error('a learned code with one lost answer has no use for it');
}
