import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { lambdaByRule } from '../../src/codecs/lambda-rules.ts';
import { splineDecoder } from '../../src/codecs/nercc.ts';
import { withNoise } from '../../src/coded/faults.ts';
import { makePlan } from '../../src/coded/plan.ts';
import { trialStreams } from '../../src/coded/streams.ts';
import { parseExperiment } from '../../src/kinds/inference/config.ts';
import { readManifest, readSummary } from '../../src/results/read.ts';
import { cli } from '../helpers/cli.ts';
import { temporaryFolder } from '../helpers/folder.ts';

const base = {
  name: 'closed',
  model: { function: 'x-sin-x' },
  dataset: { uniform: { D: 1, low: -2, high: 2, count: 500 } },
  K: 4,
  N: 256,
  trials: 5,
  schemes: ['replication', { nercc: { lambdaEnc: 0, lambdaDec: 0 } }],
};

async function run(config: object, ...flags: string[]) {
  const folder = temporaryFolder();
  const file = path.join(folder, 'c.yaml');
  writeFileSync(file, JSON.stringify(config));
  const out = path.join(folder, 'out');
  return { ...(await cli('run', file, '--out', out, '--jobs', '1', ...flags)), out };
}

test('a formula is decoded far below the floor of single precision, and copies of it exactly', async () => {
  const { code, out } = await run(base);
  expect(code).toBe(0);
  const [copies, spline] = readSummary(out).map(({ metrics }) => metrics.get('mse')!.mean);
  expect(copies).toBe(0);
  expect(spline).toBeGreaterThan(0);
  expect(spline).toBeLessThan(1e-9);
  const { digests, runtimes } = readManifest(out);
  expect(Object.keys(digests.models)).toEqual(['x-sin-x']);
  expect(runtimes).toEqual({ 'x-sin-x': 'closed form' });
  expect(readFileSync(path.join(out, 'summary.csv'), 'utf8')).toContain(',uniform,');
});

test('the store of answers keeps single precision, so it is not asked: no byte changes', async () => {
  const texts = [];
  for (const flags of [[], [], ['--no-store']]) {
    const { out } = await run(base, ...flags);
    texts.push(readFileSync(path.join(out, 'trials.csv'), 'utf8'));
  }
  expect(new Set(texts).size).toBe(1);
});

test('λ_dec of a rule follows from N, S and E of each condition, and stands in its column', () => {
  const plan = makePlan(
    parseExperiment({
      ...base,
      N: [64, 128],
      S: 4,
      E: [0, 2],
      attack: 'sign-flip',
      schemes: [{ nercc: { lambda: { rule: 'adversarial', times: 0.5 } } }],
    }),
  );
  const expected = [
    [64, 0],
    [64, 2],
    [128, 0],
    [128, 2],
  ].map(([N, q]) => {
    const n = N! - 4;
    return 0.5 * n * Math.max((q! / n) ** 1.6, n ** -4);
  });
  plan.cells.forEach(({ key, options }, i) => {
    expect(Number(key.lambda_dec) / expected[i]!).toBeCloseTo(1, 12);
    expect(options.lambdaDec).toBe(Number(key.lambda_dec));
    expect(key.options).toBe('lambda=0.5*adversarial');
  });
});

test('rules have the orders of their papers', () => {
  const slope = (rule: string, a: number) => {
    const at = (n: number) => lambdaByRule({ rule, times: 1 }, { n, q: a < 0 ? 0 : n ** a }) / n; // as the papers divide
    return Math.log2(at(2 ** 12) / at(2 ** 11));
  };
  expect(slope('noiseless', -1)).toBeCloseTo(-4, 10);
  expect(slope('noisy', -1)).toBeCloseTo(-0.8, 10);
  expect(slope('adversarial', 0.5)).toBeCloseTo(-0.8, 10);
  expect(slope('regression-l2', 0.6)).toBeCloseTo((-4 / 3) * 0.4, 10);
  expect(slope('regression-l2', 0.3)).toBeCloseTo(-0.8, 10);
  expect(slope('regression-sup', 0.6)).toBeCloseTo(-1.2 * 0.4, 10);
});

test.each([
  [{ nercc: { lambda: { rule: 'noisy' }, lambdaDec: 1 } }, /not by two of them/],
  [{ nercc: { lambda: { rule: 'noisy' }, decoder: 'kriging' } }, /decoder: kriging has no λ_dec; leave lambda out/],
  [{ nercc: { lambdaDec: [0, 1], decoder: 'kriging' } }, /decoder: kriging has no λ_dec; leave lambdaDec out/],
  [{ bacc: { lambda: { rule: 'noisy' } } }, /bacc has no λ/],
  [{ nercc: { lambda: { rule: 'nois' } } }, /expected one of noiseless/],
])('%j is refused', (entry, message) => {
  expect(() => parseExperiment({ ...base, schemes: [entry] })).toThrow(message);
});

const noisy = {
  ...base,
  dataset: { chebyshev: { count: 8, low: -3, high: 3 } },
  K: 8,
  N: 40,
  trials: 400,
  schemes: ['replication', { nercc: { order: 'path', lambda: { rule: 'noisy', times: 0.01 } } }],
};

test('noise on the answers adds what the decoding matrix makes of it: σ²·‖B‖² / K', async () => {
  const clean = await run({ ...noisy, trials: 2 });
  const dirty = await run({ ...noisy, noise: 0.5 });
  expect([clean.code, dirty.code]).toEqual([0, 0]);
  const at = (out: string) => readSummary(out).map(({ metrics }) => metrics.get('mse')!);
  const [copies, spline] = at(dirty.out);
  const bias = at(clean.out)[1]!.mean; // the same in every batch: each has all the points, on one straight line
  expect(bias).toBeGreaterThan(1e-4);
  const lambdaDec = lambdaByRule({ rule: 'noisy', times: 0.01 }, { n: 40, q: 0 });
  const everyone = Int32Array.from({ length: 40 }, (_, i) => i);
  const B = splineDecoder(8, 40, lambdaDec, 'default').decodingMatrix(everyone);
  const gain = B.data.reduce((sum, value) => sum + value ** 2, 0) / 8;
  expect(Math.abs(spline!.mean - (bias + 0.25 * gain))).toBeLessThan(4 * spline!.sem);
  expect(Math.abs(copies!.mean - 0.25)).toBeLessThan(4 * copies!.sem); // one copy's answer is taken as it is
  const [, largest] = readSummary(dirty.out).map(({ metrics }) => metrics.get('largest_error')!.mean);
  expect(largest).toBeGreaterThan(spline!.mean);
  expect(largest).toBeLessThan(8 * spline!.mean);
  expect(readFileSync(path.join(clean.out, 'summary.csv'), 'utf8')).not.toContain('largest_error');
});

test('noise is the same for all schemes, whoever is late, and another in each trial', () => {
  const noiseOf = (trial: number, N = 6) => {
    const streams = trialStreams(1, 'report', trial);
    const reply = { answers: new Float64Array(N), m: 1, answered: Int32Array.of(0, 1) };
    return [...withNoise(reply, { noise: 2 }, () => streams.noise(0, N)).answers];
  };
  expect(noiseOf(0)).toEqual(noiseOf(0));
  expect(noiseOf(1)).not.toEqual(noiseOf(0));
  expect(new Set(noiseOf(0)).size).toBe(6);
});
