import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Dataset } from '../../../src/datasets/dataset.ts';
import type { ParityData } from '../../../src/kinds/parity/data.ts';
import { baseOf, parityExperiment } from '../../../src/kinds/parity/experiment.ts';
import { parity as kind } from '../../../src/kinds/parity/kind.ts';
import { readTrained } from '../../../src/kinds/parity/results.ts';
import type { ParityConfig } from '../../../src/kinds/parity/schema.ts';
import { openOnnx } from '../../../src/models/onnx.ts';
import { openParityModel } from '../../../src/models/parity.ts';
import { readManifest, readResults } from '../../../src/results/read.ts';
import { carryOut, type RunOptions } from '../../../src/runs/run.ts';
import { UserError } from '../../../src/util/errors.ts';
import { sha256 } from '../../../src/util/files.ts';
import { randomStream } from '../../../src/util/random.ts';

const folder = mkdtempSync(join(tmpdir(), 'parity-training-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Images of ten classes: class c lights the rows 2c+4 and 2c+5, with noise. */
function stripes(name: string, length: number): Dataset {
  return {
    name,
    length,
    shape: [1, 28, 28],
    sha256: `${name}${length}`,
    label: (index) => index % 10,
    async read(indices, out) {
      indices.forEach((index, at) => {
        const stream = randomStream(name, index);
        const first = 28 * (2 * (index % 10) + 4);
        for (let p = 0; p < 784; p++) {
          out[at * 784 + p] = (p >= first && p < first + 56 ? 0.8 : 0) + 0.2 * stream.uniform();
        }
      });
    },
  };
}

const config = (K: number): ParityConfig => ({
  name: 'stripes',
  kind: 'parity',
  dataset: 'stripes',
  K,
  seed: 1,
  training: {
    architecture: 'mlp',
    code: 'addition',
    row: 0,
    epochs: 12,
    baseEpochs: 4,
    batch: 20,
    learningRate: 1e-3,
    weightDecay: 1e-5,
  },
});

const stripesData = (): ParityData => ({ train: stripes('train', 400), test: stripes('test', 60) });

/** Carries a training out. */
function train(out: string, of = config(2), data = stripesData(), options: Partial<RunOptions> = {}) {
  return carryOut(parityExperiment(of, { folder, written: '' }, { data }), { out, jobs: 1, ...options });
}

/** Carries a training out and reads what it came to. */
async function trained(out: string, of = config(2), data = stripesData()) {
  await train(out, of, data);
  return readTrained(out, of, baseOf(readManifest(out)).name);
}

/** All files of a folder but the manifest, which holds times. */
function contents(out: string): Map<string, string> {
  const names = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = names
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.endsWith('manifest.json'));
  return new Map(files.sort().map((file) => [file.slice(out.length), sha256(readFileSync(file))]));
}

describe('parity training', () => {
  it('trains base and parity model, scores them on every single erasure, and writes what opens again', async () => {
    const { test } = stripesData();
    const out = join(folder, 'k2');
    const reached = await trained(out);
    expect(reached.groups).toBe(30);
    expect(reached.predictions).toBe(60);
    expect(reached.baseAccuracy).toBe(1);
    expect(reached.degradedAccuracy).toBeGreaterThan(0.8);
    expect(reached.amplification).toBeCloseTo(1, 12);
    const [row] = readResults(out).rows;
    expect(row).toMatchObject({
      trials: 1,
      key: { scheme: 'ParM', K: 2, N: 3, model: 'mlp-stripes', dataset: 'test' },
    });
    expect(row?.metrics.get('degraded')?.mean).toBe(reached.degradedAccuracy);
    expect(row?.metrics.get('agreement')?.mean).toBe(reached.agreementWithBase);
    expect(kind.resultText(out)).toMatch(/mlp-stripes-k2\.onnx\n[\s\S]*\| degraded accuracy ↑ \| base accuracy \|/);
    expect(await kind.figures({ folder: out, manifest: readManifest(out), rows: [], onMissing() {} })).toMatchObject([
      { name: 'loss-against-epoch' },
    ]);

    const base = await openOnnx(join(out, 'mlp-stripes.onnx'), 'mlp-stripes');
    const parity = await openParityModel(`${out}/k2`, base);
    await expect(openParityModel(`${out}/k3`, base)).rejects.toThrow(/there for mlp-stripes: k2/);

    // the score again, from the written models alone
    const points = new Float32Array(60 * 784);
    await test.read(
      Array.from({ length: 60 }, (_, i) => i),
      points,
    );
    const answers = (await base.infer(points, 60)).slice();
    const sums = new Float32Array(30 * 784);
    for (let g = 0; g < 30; g++) {
      for (let p = 0; p < 784; p++) sums[g * 784 + p] = points[2 * g * 784 + p]! + points[(2 * g + 1) * 784 + p]!;
    }
    const parities = await parity.infer(sums, 30);
    let right = 0;
    for (let query = 0; query < 60; query++) {
      const other = query % 2 === 0 ? query + 1 : query - 1;
      const outputs = Array.from(
        { length: 10 },
        (_, j) => parities[Math.floor(query / 2) * 10 + j]! - answers[other * 10 + j]!,
      );
      if (outputs.indexOf(Math.max(...outputs)) === test.label!(query)) right++;
    }
    expect(reached.degradedAccuracy).toBe(right / 60);
    const sidecar = JSON.parse(readFileSync(join(out, 'mlp-stripes-k2.json'), 'utf8'));
    expect(sidecar).toMatchObject({ k: 2, row: 0, coefficients: [1, 1], base: 'mlp-stripes', baseSha256: base.sha256 });
    await Promise.all([base.dispose(), parity.dispose()]);
  });

  it.each([
    [{ code: 'concatenation' as const }, 'k2-concatenation', { row: 0, coefficients: [1, 1] }, 1],
    [{ row: 1 }, 'k2-row1', { code: 'addition', row: 1, coefficients: [1, 2] }, 3],
  ])('trains a parity model with %j', async (change, stem, description, factor) => {
    const out = join(folder, stem);
    const { training, ...rest } = config(2);
    const reached = await trained(out, { ...rest, training: { ...training, ...change } });
    expect(reached.degradedAccuracy).toBeGreaterThan(0.8);
    expect(reached.amplification).toBeCloseTo(factor, 12);
    const sidecar = JSON.parse(readFileSync(join(out, `mlp-stripes-${stem}.json`), 'utf8'));
    expect(sidecar).toMatchObject({ k: 2, ...change, ...description });
    const base = await openOnnx(join(out, 'mlp-stripes.onnx'), 'mlp-stripes');
    const parity = await openParityModel(`${out}/${stem}`, base);
    await Promise.all([base.dispose(), parity.dispose()]);
  });

  it('refuses images of another shape', async () => {
    const wide = { ...stripes('train', 400), shape: [1, 14, 56] };
    await expect(train(join(folder, 'wide'), config(2), { train: wide, test: wide })).rejects.toThrow(UserError);
  });

  it('goes on where it was interrupted, and ends in the same bytes', async () => {
    const short: ParityConfig = { ...config(2), training: { ...config(2).training, baseEpochs: 2, epochs: 3 } };
    const [whole, parts] = [join(folder, 'whole'), join(folder, 'parts')];
    await train(whole, short);
    const stages = new Set<string>();
    let interruptions = 0;
    for (let complete = false; !complete; ) {
      const interrupt = new AbortController();
      ({ complete } = await train(parts, short, stripesData(), {
        signal: interrupt.signal,
        onProgress(stage, done, total) {
          if (stages.has(`${stage} ${done}`) || done === 0) return;
          expect(total).toBe(stage === 'base' ? 2 : 3);
          stages.add(`${stage} ${done}`);
          interruptions++;
          interrupt.abort();
        },
      }));
      if (!complete) expect(readManifest(parts).status).toBe('running');
    }
    expect(interruptions).toBe(5);
    expect(contents(parts)).toEqual(contents(whole));
    expect(existsSync(join(parts, '.lock'))).toBe(false);
  });

  it('refuses the folder of another training, a shard, and files that are not what it wrote', async () => {
    const short: ParityConfig = { ...config(2), training: { ...config(2).training, baseEpochs: 1, epochs: 1 } };
    const out = join(folder, 'refused');
    await train(out, short);
    await expect(train(out, { ...short, K: 3 })).rejects.toThrow(/holds another experiment \(config\.K/);
    const other = { ...stripesData(), train: stripes('train', 420) };
    await expect(train(out, short, other)).rejects.toThrow(/digests\.data\.train/);
    const shard = { shard: { index: 1, count: 2 } };
    await expect(train(out, short, stripesData(), shard)).rejects.toThrow(/^--shard: kind: parity has no shards/);
    const before = contents(out);
    await train(out, short);
    expect(contents(out)).toEqual(before);
    for (const name of ['mlp-stripes.onnx', 'mlp-stripes-k2.json', 'losses.csv']) {
      const file = join(out, name);
      const good = readFileSync(file);
      appendFileSync(file, '1');
      await expect(train(out, short)).rejects.toThrow(`${file}: is not what the run wrote`);
      writeFileSync(file, good);
    }
    rmSync(join(out, 'mlp-stripes-k2.onnx'));
    await expect(train(out, short)).rejects.toThrow('mlp-stripes-k2.onnx: is gone');
  });
});
