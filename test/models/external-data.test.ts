import { execFileSync } from 'node:child_process';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openOnnx } from '../../src/models/onnx.ts';
import { temporaryFolder } from '../helpers/folder.ts';
import { externalConstant, linearGraph, writeOnnxWith } from '../helpers/onnx.ts';

const weights = Float32Array.of(1, -1, 2, 0.5, 0, 3, 1, 1);

/** `linearGraph` with its weights [4, 2] in another file. */
function modelIn(folder: string, location: string, entries: Record<string, string> = {}): Promise<string> {
  const graph = { ...linearGraph([4], 2, weights), constants: [] };
  return writeOnnxWith(join(folder, 'big.onnx'), graph, [
    externalConstant('weights', [4, 2], { location, ...entries }),
  ]);
}

const bytesOf = (values: Float32Array) => Buffer.from(values.buffer, values.byteOffset, values.byteLength);

test('weights beside the model are found from any folder, and are part of the digest', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'parts'));
  const path = await modelIn(folder, 'parts/w.bin', { offset: '4', length: '32' });
  const write = (values: Float32Array) =>
    writeFileSync(join(folder, 'parts', 'w.bin'), Buffer.concat([Buffer.alloc(4), bytesOf(values)]));
  write(weights);
  const model = await openOnnx(path, 'big');
  expect([...(await model.infer(Float32Array.of(1, 0, 0, 1), 1))]).toEqual([2, 0]);
  await model.dispose();
  const again = await openOnnx(path, 'big', { expected: model.sha256 });
  await again.dispose();

  write(weights.map((value) => 3 * value));
  const tripled = await openOnnx(path, 'big');
  expect([...(await tripled.infer(Float32Array.of(1, 0, 0, 1), 1))]).toEqual([6, 0]);
  expect(tripled.sha256).not.toBe(model.sha256);
  await tripled.dispose();
  await expect(openOnnx(path, 'big', { expected: model.sha256 })).rejects.toThrow(/big\.onnx is altered/);
});

test('a missing, a cut and a foreign file are named in one line', async () => {
  const folder = temporaryFolder();
  const missing = await modelIn(folder, 'w.bin');
  await expect(openOnnx(missing, 'big')).rejects.toThrow(
    /^weight file of model .*big\.onnx: .*w\.bin cannot be read: no such file$/,
  );

  writeFileSync(join(folder, 'w.bin'), bytesOf(weights).subarray(0, 20));
  const cut = await modelIn(folder, 'w.bin', { length: '32' });
  await expect(openOnnx(cut, 'big')).rejects.toThrow(/w\.bin is cut: it has 20 bytes, the model reads 32$/);

  for (const location of ['../w.bin', '/etc/hosts', 'a/../../w.bin', '.', '']) {
    const outside = await modelIn(folder, location);
    await expect(openOnnx(outside, 'big')).rejects.toThrow(`names a weight file outside its folder: ${location}`);
  }
  // an address of memory that some versions of ONNX Runtime would read
  const address = await modelIn(folder, '*/_ORT_MEM_ADDR_/*', { offset: '4096', length: '32' });
  await expect(openOnnx(address, 'big')).rejects.toThrow(/cannot be read: no such file|a part of its path/);
});

test.skipIf(process.platform === 'win32')('a pipe is refused: nobody would ever write to it', async () => {
  const folder = temporaryFolder();
  execFileSync('mkfifo', [join(folder, 'w.bin'), join(folder, 'pipe.onnx')]);
  await expect(openOnnx(await modelIn(folder, 'w.bin'), 'big')).rejects.toThrow(/w\.bin cannot be read: it is a FIFO/);
  await expect(openOnnx(join(folder, 'pipe.onnx'), 'pipe')).rejects.toThrow(/pipe\.onnx cannot be read: it is a FIFO/);
});

test('weights that change between the digest and the first inference are refused', async () => {
  const folder = temporaryFolder();
  const path = await modelIn(folder, 'w.bin');
  writeFileSync(join(folder, 'w.bin'), bytesOf(weights));
  const first = await openOnnx(path, 'big');
  const contract = first.contract!;
  await first.dispose();

  // with a contract that is known already the session is made at the first inference
  const known = { find: () => contract, keep: () => {} };
  const late = await openOnnx(path, 'big', { known });
  expect(late.sha256).toBe(first.sha256);
  writeFileSync(join(folder, 'w.bin'), bytesOf(weights.map((value) => 3 * value)));
  await expect(late.infer(Float32Array.of(1, 0, 0, 1), 1)).rejects.toThrow(
    /big\.onnx or its weight files were changed while the run was under way/,
  );
});

test('weights that are written into between two inferences are refused; a touched file is not', async () => {
  const folder = temporaryFolder();
  const path = await modelIn(folder, 'w.bin');
  const file = join(folder, 'w.bin');
  writeFileSync(file, bytesOf(weights));
  const model = await openOnnx(path, 'big');
  const infer = async () => [...(await model.infer(Float32Array.of(1, 0, 0, 1), 1))];
  expect(await infer()).toEqual([2, 0]);
  utimesSync(file, 1, 1);
  expect(await infer()).toEqual([2, 0]);
  writeFileSync(file, bytesOf(weights.map((value) => 3 * value)), { flag: 'r+' }); // the session sees it: it maps the file
  await expect(infer()).rejects.toThrow(/big\.onnx or its weight files were changed while the run was under way/);
  await model.dispose();
});
