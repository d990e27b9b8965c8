import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import type { Received } from '../../src/codecs/codec.ts';
import { openDataset } from '../../src/datasets/registry.ts';
import { learnedCode } from '../../src/external/learned-code.ts';
import { openModel } from '../../src/models/registry.ts';
import { DecodeFailure } from '../../src/util/errors.ts';
import golden from '../golden/learned-code.json' with { type: 'json' };
import { cli } from '../helpers/cli.ts';
import { temporaryFolder } from '../helpers/folder.ts';

const D = 784;

/** The answers of the base model to a group of the first images and its parity, and the scheme that was opened for them. */
async function answered(base: string, K: number, group: number) {
  const [model, data] = await Promise.all([openModel(base), openDataset('mnist')]);
  const scheme = await learnedCode.open({}, { folder: '', label: 'Own', subject: { model, output: ['logits'] } });
  const points = new Float32Array((K + 1) * D);
  const images = Array.from({ length: K }, (_, i) => group * K + i);
  await data.read(images, points.subarray(0, K * D));
  const { pointsOf, matrix } = await scheme.encoder(K, K + 1);
  const gram = () => ({ rows: K, columns: K, data: Float64Array.from({ length: K * K }, (_, i) => Math.abs(i)) });
  const batch = { points: points.subarray(0, K * D), K, D, gram };
  const made = await pointsOf!(batch);
  expect([...made.keys()]).toEqual([K]); // the queries themselves go out as they are
  points.set(made.get(K)!, K * D);
  const answers = Float64Array.from(await model.infer(points, K + 1));
  await model.dispose();
  const received = (survivors: readonly number[]): Received => ({
    answers,
    m: 10,
    survivors: Int32Array.from(survivors),
    encoding: { matrix },
    batch,
    E: 0,
    random() {
      throw new Error('no randomness');
    },
  });
  return { scheme, answers, received };
}

test.each(golden)(
  '$code reconstructs what PyTorch reconstructs with the same weights',
  async ({ base, k: K, ...of }) => {
    for (const [group, expected] of of.reconstructed.entries()) {
      const { scheme, answers, received } = await answered(base, K, group);
      const all = Array.from({ length: K + 1 }, (_, worker) => worker);
      const requests = expected.map((_, lost) => received(all.filter((worker) => worker !== lost)));
      const outcomes = await scheme.decode({ K, N: K + 1 }, requests);
      outcomes.forEach((outcome, lost) => {
        if (outcome instanceof DecodeFailure) throw outcome;
        const rows = Array.from({ length: K }, (_, i) => outcome.outputs.subarray(i * 10, (i + 1) * 10));
        rows[lost]!.forEach((value, j) => {
          expect(Math.abs(value - expected[lost]![j]!)).toBeLessThan(2e-3);
        });
        const own = rows.filter((_, i) => i !== lost).flatMap((row) => [...row]);
        expect(own).toEqual([...answers.subarray(0, K * 10)].filter((_, at) => Math.floor(at / 10) !== lost));
        expect([...outcome.available!]).toEqual(rows.map((_, i) => (i === lost ? 0 : 1)));
      });
      await scheme.close();
    }
  },
);

test('with more lost than one parity replaces, a lost query gets the nearest answer, and none is a failure', async () => {
  const { scheme, answers, received } = await answered('lenet5-mnist', 2, 0);
  const decode = async (...survivors: number[]) => (await scheme.decode({ K: 2, N: 3 }, [received(survivors)]))[0]!;
  expect(await decode(0, 1)).toMatchObject({ outputs: answers.subarray(0, 20), available: Uint8Array.of(1, 1) });
  const nearest = await decode(1);
  if (nearest instanceof DecodeFailure) throw nearest;
  expect([...nearest.outputs]).toEqual([...answers.subarray(10, 20), ...answers.subarray(10, 20)]);
  expect(await decode(2)).toBeInstanceOf(DecodeFailure);
  await scheme.close();
});

test('a run: degraded accuracy, digests of the networks', async () => {
  const folder = temporaryFolder();
  const config = path.join(folder, 'c.yaml');
  writeFileSync(
    config,
    'name: own\nmodel: lenet5-mnist\ndataset: mnist\nK: 2\nS: [0, 1]\ntrials: 12\nschemes: [learned-code]\n',
  );
  const out = path.join(folder, 'out');
  expect(await cli('run', config, '--out', out, '--jobs', '1', '--no-store')).toMatchObject({ code: 0 });
  const rows: Record<string, string>[] = parse(readFileSync(path.join(out, 'summary.csv')), { columns: true });
  const own = rows.filter(({ scheme }) => scheme === 'LearnedCode');
  expect(own.map(({ N, S }) => [N, S])).toEqual([
    ['3', '0'],
    ['3', '1'],
  ]);
  expect(Number(own[1]!.degraded_mean)).toBeGreaterThan(0.8);
  const { digests } = JSON.parse(readFileSync(path.join(out, 'manifest.json'), 'utf8'));
  const recorded = JSON.parse(readFileSync('models/learned/lenet5-mnist-k2.json', 'utf8')).sha256;
  expect(digests.schemes).toEqual({
    'LearnedCode: k2 encoder': recorded.encoder,
    'LearnedCode: k2 decoder': recorded.decoder,
  });
});

test('what it cannot do is refused in one line', async () => {
  const folder = temporaryFolder();
  const copy = path.join(folder, 'copy');
  cpSync('models/learned', copy, { recursive: true });
  const at = (name: string) => path.join(copy, name);
  const sidecar = JSON.parse(readFileSync(at('lenet5-mnist-k2.json'), 'utf8'));
  writeFileSync(at('lenet5-mnist-k4.json'), JSON.stringify(sidecar));
  writeFileSync(at('lenet5-fashion-k2.json'), JSON.stringify(sidecar));
  writeFileSync(at('lenet5-mnist-k5-encoder.onnx'), 'no network');
  writeFileSync(at('lenet5-mnist-k3.json'), JSON.stringify({ ...sidecar, k: 3 }));
  for (const part of ['encoder', 'decoder'])
    cpSync(at(`lenet5-mnist-k2-${part}.onnx`), at(`lenet5-mnist-k3-${part}.onnx`));
  const refusal = async (change: Record<string, string | number>, options = '{}') => {
    const config = path.join(folder, 'c.yaml');
    const keys = { model: 'lenet5-mnist', dataset: 'mnist', K: 2, S: 1, ...change };
    const lines = Object.entries(keys).map(([key, value]) => `${key}: ${value}`);
    writeFileSync(config, [...lines, 'name: own', 'trials: 2', `schemes: [{learned-code: ${options}}]`].join('\n'));
    const { code, stderr } = await cli('run', config, '--out', path.join(folder, 'out'), '--jobs', '1');
    expect(code).toBe(2);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    return stderr;
  };
  const own = `{models: ${copy}}`;
  expect(await refusal({ S: 2 })).toMatch(
    /c\.yaml:4:\d+.*one parity, which replaces one lost answer: S = 2 must be 0 or 1/,
  );
  expect(await refusal({ N: 4 })).toMatch(/c\.yaml:\d+:\d+.*one parity worker: N = 4 must be K \+ 1 = 3/);
  expect(await refusal({ E: 1 })).toMatch(/tolerates no Byzantine workers: E must be 0/);
  expect(await refusal({ output: 'softmax' })).toMatch(/trained on logits.*set output: logits/);
  expect(await refusal({ K: 3 })).toMatch(
    /no learned code lenet5-mnist-k3\.json.*there for lenet5-mnist: k2, k5\).*train one/,
  );
  expect(await refusal({}, '{order: path}')).toMatch(/order: path needs a scheme with an encoding matrix/);
  expect(await refusal({ K: 4 }, own)).toMatch(/is for k = 2, not 4/);
  expect(await refusal({ K: 5 }, own)).toMatch(/lenet5-mnist-k5-encoder\.onnx is altered/);
  expect(await refusal({ K: 3 }, own)).toMatch(/encoder .* makes 784 numbers of 1568; .* it must make 784 of 2352/);
  expect(await refusal({ model: 'lenet5-fashion' }, own)).toMatch(
    /trained for another base model: SHA-256 3e3ed8248436 \(lenet5-mnist\)/,
  );
});
