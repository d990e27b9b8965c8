// Recall of ApproxIFER's error locator by the position of the liar, as CSV.
//
//     npm run build && node scripts/locator-recall.js [N] [trials] [sigma]
//
// LeNet5 on MNIST, K = 8, E = 2, Gaussian noise; both normalisations on the same answers. The defaults (20, 500, 10) are the
// setting of docs/validation.md; an odd N has a worker at node 0.
import { berrutMatrix } from '../dist/codecs/berrut.js';
import { chebyshevFirstKind, chebyshevSecondKind } from '../dist/codecs/nodes.js';
import { normalisations, rationalLocator } from '../dist/codecs/rational-locator.js';
import { openDataset } from '../dist/datasets/registry.js';
import { openModel } from '../dist/models/registry.js';
import { randomStream, sampleWithoutReplacement } from '../dist/util/random.js';
import { applyAttack, chooseLiars } from '../dist/workers/attacks.js';

const [N = 20, trials = 500, sigma = 10] = process.argv.slice(2).map(Number);
const [K, E, D] = [8, 2, 784];
const beta = chebyshevSecondKind(N);
const A = berrutMatrix(chebyshevFirstKind(K), beta);
const survivors = Int32Array.from({ length: N }, (_, n) => n);
/** @type {import('../dist/workers/attack-spec.js').Attack} */
const attack = { kind: 'gaussian', size: sigma, workers: 'random' };
const locators = normalisations.map((normalisation) => rationalLocator(K, beta, { normalisation }));
const lied = new Int32Array(N);
const found = normalisations.map(() => new Int32Array(N));

const [model, data] = await Promise.all([openModel('lenet5-mnist'), openDataset('mnist')]);
let squares = 0;
for (let trial = 0; trial < trials; trial++) {
  const points = new Float32Array(K * D);
  await data.read(sampleWithoutReplacement(randomStream(1, trial, 'batch'), data.length, K), points);
  const coded = new Float32Array(N * D);
  for (let n = 0; n < N; n++) {
    for (let k = 0; k < K; k++) {
      for (let d = 0; d < D; d++) coded[n * D + d] += A.data[n * K + k] * points[k * D + d];
    }
  }
  const truth = Float64Array.from(await model.infer(coded, N));
  squares += truth.reduce((sum, value) => sum + value * value, 0) / truth.length / trials;
  const liars = chooseLiars(survivors, E, 'random', randomStream(1, trial, 'liars'), N);
  const answers = applyAttack(truth, model.outputs, liars, attack, randomStream(1, trial, 'noise'), survivors);
  for (const liar of liars) lied[liar]++;
  locators.forEach((locator, rule) => {
    const located = locator.locate(
      /** @type {import('../dist/codecs/codec.js').Received} */ ({ answers, m: model.outputs, survivors, E }),
    );
    for (const liar of liars) if (located.includes(liar)) found[rule][liar]++;
  });
}
await model.dispose();

const share = (hits, of) => (hits / of).toFixed(3);
const sum = (counts) => counts.reduce((total, count) => total + count, 0);
process.stdout.write(`worker,node,${normalisations.join(',')}\n`);
for (let n = 0; n < N; n++) {
  process.stdout.write(`${n},${beta[n].toFixed(4)},${found.map((hits) => share(hits[n], lied[n])).join(',')}\n`);
}
process.stdout.write(`all,,${found.map((hits) => share(sum(hits), sum(lied))).join(',')}\n`);
process.stderr.write(`root mean square of the workers' outputs: ${Math.sqrt(squares).toFixed(2)}\n`);
