// Encoding (GFLOP/s) and decoding (microseconds) on one core. After `npm run build`: node bench/codecs.js
// The least of many short samples is printed: on a shared machine it is the figure that repeats.
import { performance } from 'node:perf_hooks';
import { bacc } from '../dist/codecs/berrut.js';
import { nercc } from '../dist/codecs/nercc.js';
import { smoothPlainly } from '../dist/codecs/smoothing-spline.js';
import { splineKnots } from '../dist/codecs/spline-knots.js';
import { encodePoints, encodePointsPlainly } from '../dist/math/gemm.js';
import { matrix } from '../dist/math/matrix.js';
import { randomStream, sampleWithoutReplacement } from '../dist/util/random.js';

const random = randomStream('bench codecs');

/** Milliseconds of one call: the least mean over samples of about a millisecond, for half a second. */
function least(call) {
  for (let i = 0; i < 20; i++) call();
  const start = performance.now();
  call();
  const repeats = Math.max(1, Math.round(1 / (performance.now() - start)));
  let best = Number.POSITIVE_INFINITY;
  const end = performance.now() + 500;
  do {
    const from = performance.now();
    for (let i = 0; i < repeats; i++) call();
    best = Math.min(best, (performance.now() - from) / repeats);
  } while (performance.now() < end);
  return best;
}

console.log('encoding A [N, K] times X [K, D]     WebAssembly          plain   ratio');
for (const [N, K, D] of [
  [100, 20, 784],
  [60, 20, 3072],
  [60, 20, 150_528],
  [20, 80, 784],
]) {
  const A = matrix(N, K, Float64Array.from({ length: N * K }, random.normal));
  const X = Float32Array.from({ length: K * D }, random.normal);
  const out = new Float32Array(N * D);
  const [fast, plain] = [encodePoints, encodePointsPlainly].map((encode) => least(() => encode(A, X, D, out)));
  const gigaflops = (ms) => `${((2 * N * K * D) / ms / 1e6).toFixed(1)} GFLOP/s`.padStart(14);
  console.log(
    `${`${N} x ${K} x ${D}`.padEnd(34)}${gigaflops(fast)} ${gigaflops(plain)} ${(plain / fast).toFixed(1).padStart(7)}`,
  );
}

const [K, N, S] = [20, 100, 40];
const sets = Array.from({ length: 64 }, () => Int32Array.from(sampleWithoutReplacement(random, N, N - S)).sort());
for (const m of [10, 1000]) {
  console.log(`\ndecoding K = ${K}, N = ${N}, S = ${S}, m = ${m}: microseconds`);
  const answers = Float64Array.from({ length: N * m }, random.normal);
  const lambdas = Array.from({ length: 20 }, (_, i) => 10 ** (-9 + i / 3));
  const decoders = lambdas.map((lambdaDec) => nercc.decoder(K, N, nercc.options.parse({ lambdaDec })));
  const berrut = bacc.decoder(K, N, bacc.options.parse({}));
  /** What these decoders look at. */
  const received = (survivors) => /** @type {import('../dist/codecs/codec.js').Received} */ ({ answers, m, survivors });
  const print = (what, ms) => console.log(`${what.padEnd(64)}${(1000 * ms).toFixed(2).padStart(9)}`);
  let call = 0;
  print(
    'NeRCC, one of 20 lambdas of a new survivor set',
    least(() => {
      // a new array each time: nothing prepared is found
      const survivors = sets[call++ % 64].slice();
      for (const decoder of decoders) decoder.decode(received(survivors));
    }) / 20,
  );
  print(
    'NeRCC, one lambda, a new survivor set each time',
    least(() => decoders[3].decode(received(sets[call++ % 64].slice()))),
  );
  print(
    'NeRCC, new answers of the same survivors',
    least(() => decoders[3].decode(received(sets[0]))),
  );
  print(
    'BACC, a new survivor set each time',
    least(() => berrut.decode(received(sets[call++ % 64]))),
  );
  print(
    'BACC, new answers of the same survivors',
    least(() => berrut.decode(received(sets[0]))),
  );
  const knots = splineKnots(
    Float64Array.from({ length: N - S }, (_, i) => i / (N - S)),
    sets[0],
    Array.from({ length: K }, (_, k) => k / K),
  );
  const factors = new Float64Array(3 * (N - S + 1)).fill(0.1);
  print(
    'solving and evaluating a spline in plain TypeScript',
    least(() => smoothPlainly(knots, factors, 0.5, 0.5, answers, m)),
  );
}
