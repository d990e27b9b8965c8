import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { builtCli, cli } from '../helpers/cli.ts';
import { temporaryFolder } from '../helpers/folder.ts';
import { linearGraph, writeOnnx } from '../helpers/onnx.ts';

/** A config over a folder of four images, one of them cut. */
async function experiment(options: string): Promise<{ folder: string; config: string }> {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'images', 'a'), { recursive: true });
  for (let i = 0; i < 4; i++) {
    const background = { r: 40 * i, g: 90, b: 7 };
    await sharp({ create: { width: 256, height: 256, channels: 3, background } })
      .png()
      .toFile(join(folder, 'images', 'a', `${i}.png`));
  }
  const cut = join(folder, 'images', 'a', '2.png');
  writeFileSync(cut, readFileSync(cut).subarray(0, -100));
  const weights = new Float32Array(3 * 224 * 224).fill(1e-3);
  await writeOnnx(join(folder, 'sum.onnx'), linearGraph([3, 224, 224], 1, weights));
  const config = join(folder, 'unreadable.yaml');
  writeFileSync(
    config,
    `name: unreadable
model: {onnx: sum.onnx}
dataset: {imagefolder: images${options}}
K: 3
N: 6
S: 1
trials: 4
seed: 1
schemes: [bacc]
`,
  );
  return { folder, config };
}

test('an unreadable image ends the run with its name, on this thread and on others', async () => {
  const { folder, config } = await experiment('');
  const message = /(^|\n)approxifer: image .*2\.png cannot be decoded: [^\n]*'unreadable: skip'[^\n]*\n$/;
  expect(await cli('run', config, '--out', join(folder, 'one'), '--jobs', '1')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(message),
  });
  expect(builtCli('run', config, '--out', join(folder, 'two'), '--jobs', '2')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(message),
  });
}, 60_000);

test('one that the config leaves out is named once', async () => {
  const { folder, config } = await experiment(', unreadable: skip');
  const { code, stderr } = builtCli('run', config, '--out', join(folder, 'out'), '--jobs', '2');
  expect(code).toBe(0);
  expect(stderr.match(/skipped: image .*2\.png cannot be decoded/g)?.length).toBe(1);
}, 60_000);
