import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { verifyImagenetSamples } from '../../src/datasets/imagenet.ts';
import { readTrained } from '../../src/kinds/parity/results.ts';
import { parseParity } from '../../src/kinds/parity/schema.ts';
import type { Model } from '../../src/models/model.ts';
import { openParityModel } from '../../src/models/parity.ts';
import { answerFiles } from '../../src/runs/store/upkeep.ts';
import { readPublished } from '../../src/tables/published.ts';
import { writeAnywhere } from '../../src/util/atomic.ts';
import { digestOfFile } from '../../src/util/digest.ts';
import { cli } from '../helpers/cli.ts';
import { temporaryFolder } from '../helpers/folder.ts';

/** A FIFO in a new folder, among other files. */
function withPipe(name: string, others: Readonly<Record<string, string>> = {}): string {
  const folder = temporaryFolder();
  for (const [other, text] of Object.entries(others)) writeFileSync(path.join(folder, other), text);
  expect(spawnSync('mkfifo', [path.join(folder, name)]).status).toBe(0);
  return folder;
}

// to read from a pipe would stop this process for ever
test.skipIf(process.platform === 'win32')('whoever reads a file looks first whether it is one', async () => {
  expect(() => readPublished(path.join(withPipe('p.json'), 'p.json'))).toThrow(/p\.json: cannot be read.*it is a FIFO/);

  const base = { name: 'tiny', sha256: '', inputShape: [3], outputs: 2 } as Partial<Model> as Model;
  const beside = withPipe('tiny-k2.json', { 'tiny-k2.onnx': '' });
  await expect(openParityModel('./k2', base, { folder: beside })).rejects.toThrow(/tiny-k2\.json.*it is a FIFO/);

  const config = parseParity({ name: 'p', kind: 'parity', model: 'lenet5-mnist', dataset: 'mnist', K: 2 });
  const trained = withPipe('lenet5-mnist-k2.json');
  expect(() => readTrained(trained, config, 'lenet5-mnist')).toThrow(/it is a FIFO/);

  await expect(digestOfFile(path.join(withPipe('w.bin'), 'w.bin'))).rejects.toThrow('it is a FIFO');
  await expect(digestOfFile('/dev/zero')).rejects.toThrow('it is a device');
  expect(answerFiles(withPipe('x.answers', { 'y.answers': '' })).map((file) => path.basename(file))).toEqual([
    'y.answers',
  ]);

  const { code, stderr } = await cli('validate', path.join(withPipe('c.yaml'), 'c.yaml'));
  expect([code, stderr]).toEqual([2, expect.stringMatching(/c\.yaml: cannot be read \(it is a FIFO\); give a YAML/)]);
});

test('what is recorded of ImageNet samples is a record, or said', async () => {
  const data = temporaryFolder();
  const folder = path.join(data, 'imagenet');
  spawnSync('mkdir', ['-p', path.join(folder, 'val', 'n01440764')]);
  writeFileSync(path.join(folder, 'classes.json'), '[{"index": 0, "wnid": "n01440764"}]');
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  );
  writeFileSync(path.join(folder, 'val', 'n01440764', 'a.png'), png);
  writeFileSync(path.join(folder, 'digests.json'), '{"source": "x"}');
  await expect(verifyImagenetSamples({ env: { APPROXIFER_DATA: data } })).rejects.toThrow(
    /digests\.json is not what a pull records; remove it, and pull/,
  );
});

test('what is asked for in a pipe goes into it, and the pipe stays', async () => {
  const pipe = path.join(temporaryFolder(), 'pipe');
  expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
  const reader = spawn('cat', [pipe], { stdio: ['ignore', 'pipe', 'ignore'] });
  writeAnywhere(pipe, 'the report');
  expect(String(Buffer.concat(await reader.stdout.toArray()))).toBe('the report');
  expect(statSync(pipe).isFIFO()).toBe(true);
  const file = path.join(temporaryFolder(), 'new', 'report.md');
  writeAnywhere(file, 'whole');
  expect(readFileSync(file, 'utf8')).toBe('whole');
});
