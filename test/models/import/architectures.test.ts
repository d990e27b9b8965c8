import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Architecture, architectures, buildOnnx } from '../../../src/models/import/architectures.ts';
import { readCheckpoint } from '../../../src/models/import/checkpoint.ts';
import { cifarResnet } from '../../../src/models/import/resnet.ts';
import { vit } from '../../../src/models/import/vit.ts';
import type { StateDict, Tensor } from '../../../src/models/import/weights.ts';
import { openOnnx } from '../../../src/models/onnx.ts';
import { temporaryFolder } from '../../helpers/folder.ts';

// Cases of scripts/golden/import.py: outputs of PyTorch 1.13 for networks with random weights
const golden = fileURLToPath(new URL('golden', import.meta.url));
const folders = [golden, ...(process.env.IMPORT_CASES ? [process.env.IMPORT_CASES] : [])];

interface Case {
  architecture: string;
  mean: number[];
  std: number[];
  shape: number[];
  input: string;
  output: number[][];
  headSize?: number;
}

function architectureOf({ architecture: name, headSize, mean, std }: Case): Architecture {
  const normalisation = { mean, std };
  if (name === 'resnet') return { name, summary: '', build: cifarResnet, normalisation };
  if (name === 'vit') return { name, summary: '', build: (w, n) => vit(w, n, headSize), normalisation };
  return { ...architectures.get(name), normalisation };
}

const cases = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => /\.(pth|safetensors)$/.test(file) && !/^(views|harm)/.test(file))
    .map((file) => ({ file, path: join(folder, file), json: join(folder, file.replace(/\.\w+$/, '.json')) })),
);

test('there is a golden case for each builder', () => {
  const names = cases.map(({ file }) => file);
  expect(names).toEqual(
    expect.arrayContaining([
      'lenet5.pth',
      'repvgg.pth',
      'resnet-a.pth',
      'resnet-b.pth',
      'vit-timm.safetensors',
      'vit-torchvision.pth',
    ]),
  );
});

test.each(cases)(
  '$file: the ONNX file computes what PyTorch computes',
  async ({ path, json, file }) => {
    const reference = JSON.parse(readFileSync(json, 'utf8')) as Case;
    const bytes = await buildOnnx(await readCheckpoint(path), architectureOf(reference));
    const onnx = join(temporaryFolder(), 'model.onnx');
    writeFileSync(onnx, bytes);
    const model = await openOnnx(onnx, file);
    expect(model.inputShape).toEqual(reference.shape);
    const input = new Float32Array(new Uint8Array(Buffer.from(reference.input, 'base64')).buffer);
    const expected = reference.output.flat();
    const actual = await model.infer(input, reference.output.length);
    expect(actual.length).toBe(expected.length);
    const largest = Math.max(...expected.map(Math.abs));
    const difference = Math.max(...expected.map((value, i) => Math.abs(value - actual[i]!)));
    if (process.env.IMPORT_CASES) console.log(file, 'max|Δ| / max|reference| =', difference / largest);
    expect(difference / largest).toBeLessThanOrEqual(1e-4);
    await model.dispose();
  },
  300_000,
);

const goldenState = (file: string) => readCheckpoint(join(golden, file));

function changed(state: StateDict, change: (tensors: Map<string, Tensor>) => void): StateDict {
  const copy = new Map(state);
  change(copy);
  return copy;
}

test('a missing, an additional and a misshapen tensor are refused by name', async () => {
  const state = await goldenState('lenet5.pth');
  const build = (change: (tensors: Map<string, Tensor>) => void) =>
    buildOnnx(changed(state, change), architectures.get('lenet5'));
  await expect(build((t) => t.delete('fc2.bias'))).rejects.toThrow(
    'the checkpoint is no lenet5: it has no tensor fc2.bias',
  );
  await expect(build((t) => t.set('fc4.bias', t.get('fc3.bias')!))).rejects.toThrow(
    /nothing uses its tensor fc4\.bias/,
  );
  await expect(build((t) => t.set('conv1.bias', t.get('fc3.bias')!))).rejects.toThrow(
    /conv1\.bias has shape \[10\], expected \[6\]/,
  );
});

test('another architecture, depth, width or number of classes is refused', async () => {
  const resnet = await goldenState('resnet-a.pth');
  await expect(buildOnnx(resnet, architectures.get('resnet20'))).rejects.toThrow(
    /no resnet20: it has no tensor layer3\.2/,
  );
  await expect(buildOnnx(resnet, architectures.get('vit-b-16'))).rejects.toThrow(/no vit-b-16: it has no tensor/);
  const repvgg = await goldenState('repvgg.pth');
  await expect(buildOnnx(repvgg, architectures.get('repvgg-a0'))).rejects.toThrow(
    /has shape \[8,8,3,3\], expected \[48,\?,3,3\]/,
  );
  await expect(buildOnnx(repvgg, architectures.get('repvgg'), { classes: 100 })).rejects.toThrow(/10 classes, not 100/);
  const grey = { mean: [0.5], std: [0.5] };
  await expect(buildOnnx(repvgg, architectures.get('repvgg'), { normalisation: grey })).rejects.toThrow(/3 value\(s\)/);
  expect(() => architectures.get('repvg-a2')).toThrow('did you mean "repvgg-a2"?');
});
