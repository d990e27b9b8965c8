// Field arithmetic against plain doubles on one thread, and the costs that the simulated clock of `kind: training` charges
// (`stragglers.costs`). Fastest of many repeats, as other work on the machine only adds. After `npm run build`: node bench/finite-field.js
import { Bench } from 'tinybench';
import { verificationKey, verify } from '../dist/codecs/freivalds.js';
import { decodeAnswers, encodeShares, lagrangeCode } from '../dist/codecs/lagrange.js';
import { integerErrors } from '../dist/kinds/training/reference.js';
import { defaultPrime, multiplyVector, primeField } from '../dist/math/finite-field.js';
import { matrix } from '../dist/math/matrix.js';
import { secretResidues } from '../dist/util/secret.js';

const field = primeField(defaultPrime);
const K = 9;
const N = 12;
const rows = 1311; // a worker's share of MNIST 4 against 9 at K = 9
const columns = 784;
const size = rows * columns;
const elements = (count) => secretResidues(defaultPrime, count);

/** `A·x` in plain doubles, with the same four sums side by side as the field product has. */
function plainProduct({ rows, columns, data }, x) {
  const out = new Float64Array(rows);
  for (let i = 0; i < rows; i++) out[i] = plainDot(data, x, i * columns);
  return out;
}

function plainDot(a, b, offset) {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let j = 0;
  for (; j + 3 < b.length; j += 4) {
    const i = offset + j;
    s0 += a[i] * b[j];
    s1 += a[i + 1] * b[j + 1];
    s2 += a[i + 2] * b[j + 2];
    s3 += a[i + 3] * b[j + 3];
  }
  for (; j < b.length; j++) s0 += a[offset + j] * b[j];
  return s0 + s1 + s2 + s3;
}

const code = lagrangeCode(field, { K, T: 0, N, degree: 1 });
const masked = lagrangeCode(field, { K, T: 1, N, degree: 1 });
const share = matrix(rows, columns, elements(size));
const x = elements(columns);
const answer = multiplyVector(field, share, x);
const key = verificationKey(field, share, elements(rows));
const blocks = matrix(K, 100_000, elements(K * 100_000));
const masks = matrix(1, 100_000, elements(100_000));
const workers = [3, 4, 5, 6, 7, 8, 9, 10, 11]; // three blocks are missing
const answers = workers.map(() => elements(rows));
const z = elements(10_000);
const labels = new Uint8Array(10_000);
const bits = { pixelBits: 4, weightBits: 10, errorBits: 6 };

/** Name, operations of one call, call. */
/** @type {[name: string, operations: number, call: () => unknown][]} */
const tasks = [
  ['plain doubles, matrix-vector', size, () => plainProduct(share, x)],
  ['field, matrix-vector', size, () => multiplyVector(field, share, x)],
  ['field, encoding with one mask', N * (K + 1) * 100_000, () => encodeShares(masked, blocks, masks)],
  ['field, verification key', size, () => verificationKey(field, share, key.r)],
  ['field, verification', rows + columns, () => verify(field, key, x, answer)],
  ['field, decoding', (3 * K + 6) * rows, () => decodeAnswers(code, workers, answers)],
  ['sigmoid and rounding', z.length, () => integerErrors(z, labels, bits)],
];
const bench = new Bench({ time: 1000, warmupTime: 300 });
for (const [name, , call] of tasks) bench.add(name, call);
await bench.run();

const nanoseconds = tasks.map(([, operations], i) => (latencyOf(bench.tasks[i]).min * 1e6) / operations);
for (const [i, [name]] of tasks.entries())
  console.log(`${nanoseconds[i].toFixed(2).padStart(8)} ns an operation  ${name}`);
console.log(
  `${(nanoseconds[0] / nanoseconds[1]).toFixed(2).padStart(8)} of the speed of plain doubles, matrix-vector (at least 0.5 is wanted)`,
);

/** @param {import('tinybench').Task} task that has run */
function latencyOf({ name, result }) {
  if (!('latency' in result)) throw new Error(`${name} did not run to its end`);
  return result.latency;
}
