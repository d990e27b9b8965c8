// Cost of query order + kriging decode at K = 20, N = 100, S = 40, per batch, on one core, beside the inference of the 100
// coded points. After `npm run build`: node bench/kriging.js [model ...]
import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { Bench } from 'tinybench';
import { krigingWeights } from '../dist/codecs/kriging-decoder.js';
import { krigingEncoder } from '../dist/codecs/kriging-encoder.js';
import { locateByKriging } from '../dist/codecs/kriging-locator.js';
import { pathOrder } from '../dist/codecs/path-order.js';
import { choleskySolveLower } from '../dist/math/cholesky.js';
import { matrix } from '../dist/math/matrix.js';
import { openModel } from '../dist/models/registry.js';
import { randomStream, sampleWithoutReplacement } from '../dist/util/random.js';

const K = 20;
const N = 100;
const S = 40;
const n = N - S;
const random = randomStream('bench kriging');
const normals = (rows, columns) => matrix(rows, columns, Float64Array.from({ length: rows * columns }, random.normal));

function product(A, B) {
  const C = matrix(A.rows, B.columns);
  for (let i = 0; i < A.rows; i++) {
    for (let k = 0; k < A.columns; k++) {
      for (let j = 0; j < B.columns; j++)
        C.data[i * C.columns + j] += A.data[i * A.columns + k] * B.data[k * B.columns + j];
    }
  }
  return C;
}

const X = normals(K, 50);
const transposed = matrix(
  50,
  K,
  Float64Array.from({ length: 50 * K }, (_, at) => X.data[(at % K) * 50 + Math.floor(at / K)]),
);
const gram = product(X, transposed);
const encoding = krigingEncoder(K, N, 0.5).matrix;
const survivors = sampleWithoutReplacement(random, N, n);
const E = matrix(n, K, Float64Array.from(survivors.flatMap((w) => [...encoding.data.subarray(w * K, (w + 1) * K)])));
const coded = product(E, X);
const answers = Object.fromEntries(
  [10, 1000].map((m) => {
    const Y = product(coded, normals(50, m));
    return [m, { ...Y, data: Y.data.map(Math.tanh) }];
  }),
);

const square = product(normals(n - 1, n - 1), matrix(n - 1, n - 1));
for (let i = 0; i < n - 1; i++)
  for (let j = 0; j < n - 1; j++) square.data[i * (n - 1) + j] = Math.exp(-Math.abs(i - j) / 9);
const rowsOfSquare = new Matrix(
  Array.from({ length: n - 1 }, (_, i) => [...square.data.subarray(i * (n - 1), (i + 1) * (n - 1))]),
);
const none = new Float64Array(0);

const bench = new Bench({ time: 1000, warmupTime: 300 });
bench.add('path order', () => pathOrder(gram));
for (const m of [10, 1000]) {
  bench.add(`kriging decode, ${m} outputs`, () => krigingWeights(E, gram, answers[m]));
  bench.add(`kriging locate, ${m} outputs`, () => locateByKriging(E, gram, answers[m]));
}
bench.add('44 Cholesky factorisations, src/math/cholesky.ts', () => {
  for (let i = 0; i < 44; i++) choleskySolveLower(square.data.slice(), n - 1, none);
});
bench.add('44 Cholesky factorisations, ml-matrix', () => {
  for (let i = 0; i < 44; i++) new CholeskyDecomposition(rowsOfSquare);
});
await bench.run();

/** The fastest repetition: what the machine's other work does not add to. */
const fastest = Object.fromEntries(bench.tasks.map((task) => [task.name, latencyOf(task).min]));
for (const task of bench.tasks) {
  const { min, p50 } = latencyOf(task);
  console.log(`${min.toFixed(2).padStart(8)} ms (median ${p50.toFixed(2)})  ${task.name}`);
}

const names = process.argv.slice(2);
for (const name of names.length > 0 ? names : ['lenet5-mnist', 'resnet20-cifar10', 'vit-tiny-imagenet']) {
  const model = await openModel(name);
  const points = Float32Array.from({ length: 10 * model.inputShape.reduce((a, b) => a * b) }, random.uniform);
  let inference = Number.POSITIVE_INFINITY;
  for (let repetition = 0; repetition < 20; repetition++) {
    const start = performance.now();
    await model.infer(points, 10);
    inference = Math.min(inference, ((performance.now() - start) * N) / 10);
  }
  const decode = fastest['path order'] + fastest[`kriging decode, ${model.outputs} outputs`];
  const share = ((100 * decode) / inference).toFixed(1);
  console.log(
    `${name}: order + decode ${decode.toFixed(2)} ms, inference of ${N} points ${inference.toFixed(1)} ms: ${share} %`,
  );
  await model.dispose();
}

/** @param {import('tinybench').Task} task that has run */
function latencyOf({ name, result }) {
  if (!('latency' in result)) throw new Error(`${name} did not run to its end`);
  return result.latency;
}
