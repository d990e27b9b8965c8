import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { openImageFolder } from '../../src/datasets/image-folder.ts';
import { checkLabels } from '../../src/datasets/labels.ts';
import { openDataset } from '../../src/datasets/registry.ts';
import { checkFits } from '../../src/models/registry.ts';
import { dataEnv, dataFolder } from '../helpers/data.ts';
import { temporaryFolder } from '../helpers/folder.ts';

const size = 224 * 224;

/** A lossless image whose red is the column, green the row (mod 256) and blue 7. */
async function ramp(path: string, width: number, height: number): Promise<void> {
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) pixels.set([x % 256, y % 256, 7], (y * width + x) * 3);
  }
  await sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(path);
}

function classFolders(...names: string[]): string {
  const folder = temporaryFolder();
  for (const name of names) mkdirSync(join(folder, name));
  return folder;
}

const rgb = (out: Float32Array, x: number, y: number) =>
  [0, 1, 2].map((channel) => Math.round(out[channel * size + y * 224 + x]! * 255));

test('the centre is cropped at the offsets rounded down, planes first; classes are ranks of folders', async () => {
  const folder = classFolders('cat', 'dog');
  await ramp(join(folder, 'dog', 'a.png'), 301, 256);
  await ramp(join(folder, 'cat', 'b.png'), 256, 259);
  const dataset = await openImageFolder(folder);
  expect([dataset.length, ...dataset.shape, dataset.label!(0), dataset.label!(1)]).toEqual([2, 3, 224, 224, 0, 1]);
  const out = new Float32Array(3 * size);
  await dataset.read([1], out);
  expect(rgb(out, 0, 0)).toEqual([38, 16, 7]); // floor((301 - 224) / 2), (256 - 224) / 2
  expect(rgb(out, 223, 100)).toEqual([261 % 256, 116, 7]);
  await dataset.read([0], out);
  expect(rgb(out, 0, 0)).toEqual([16, 17, 7]);
});

test('the short side is resized to 256, with antialiasing', async () => {
  const folder = classFolders('a');
  const side = 1024;
  const pixels = Buffer.alloc(side * side * 3);
  // columns of 0 and 255 in turn: any filter without antialiasing keeps some of them
  for (let i = 0; i < side * side; i++) pixels.fill(i % 2 ? 255 : 0, i * 3, i * 3 + 3);
  await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toFile(join(folder, 'a', 'x.png'));
  const dataset = await openImageFolder(folder);
  const out = new Float32Array(3 * size);
  await dataset.read([0], out);
  expect(out.every((value) => value > 0.45 && value < 0.55)).toBe(true);
});

test('an image as thin as a thread is refused: it would be resized to gigabytes', async () => {
  const folder = classFolders('a');
  await ramp(join(folder, 'a', 'thread.png'), 2, 201);
  await ramp(join(folder, 'a', 'wide.png'), 200, 2);
  const dataset = await openImageFolder(folder);
  const out = new Float32Array(3 * size);
  await expect(dataset.read([0], out)).rejects.toThrow(/thread\.png cannot be decoded: 2 x 201 pixels are no picture/);
  await dataset.read([1], out);
});

test('grey, palette, alpha and 16-bit images become RGB', async () => {
  const folder = classFolders('a');
  const grey = sharp({ create: { width: 256, height: 256, channels: 3, background: { r: 80, g: 80, b: 80 } } });
  await grey
    .clone()
    .toColourspace('b-w')
    .jpeg({ quality: 100 })
    .toFile(join(folder, 'a', '1.jpg'));
  await grey
    .clone()
    .png({ palette: true })
    .toFile(join(folder, 'a', '2.png'));
  await grey
    .clone()
    .ensureAlpha(0.5)
    .png()
    .toFile(join(folder, 'a', '3.png'));
  await grey
    .clone()
    .toColourspace('rgb16')
    .png()
    .toFile(join(folder, 'a', '4.png'));
  expect((await sharp(join(folder, 'a', '1.jpg')).metadata()).channels).toBe(1);
  const dataset = await openImageFolder(folder);
  const out = new Float32Array(4 * 3 * size);
  await dataset.read([0, 1, 2, 3], out);
  for (let image = 0; image < 4; image++) {
    const colours = rgb(out.subarray(image * 3 * size), 5, 5);
    expect(colours).toEqual([colours[0], colours[0], colours[0]]);
    expect(Math.abs(colours[0]! - 80)).toBeLessThanOrEqual(1);
  }
});

test('an unreadable image is named, and skipped only where the config says so', async () => {
  const folder = classFolders('cat', 'dog');
  await ramp(join(folder, 'cat', 'good.png'), 256, 256);
  const good = readFileSync(join(folder, 'cat', 'good.png'));
  writeFileSync(join(folder, 'dog', 'cut.png'), good.subarray(0, good.length - 200));
  writeFileSync(join(folder, 'dog', 'text.jpg'), 'no image');
  const flipped = Buffer.from(good);
  flipped[good.length >> 1]! ^= 0x10;
  writeFileSync(join(folder, 'dog', 'flipped.png'), flipped);
  const jpeg = await sharp(join(folder, 'cat', 'good.png'))
    .jpeg()
    .toBuffer();
  writeFileSync(join(folder, 'dog', 'half.jpg'), jpeg.subarray(0, jpeg.length >> 1));
  const dataset = await openImageFolder(folder);
  expect(dataset.length).toBe(5);
  const out = new Float32Array(3 * size);
  await dataset.read([0], out);
  for (const [index, name] of ['cut', 'flipped', 'half', 'text'].entries()) {
    await expect(dataset.read([index + 1], out)).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringMatching(new RegExp(`dog.${name}\\.(png|jpg) cannot be decoded`)),
    });
  }
  const warnings: string[] = [];
  const readable = await openImageFolder(folder, { unreadable: 'skip', warn: (message) => warnings.push(message) });
  expect(readable.length).toBe(1);
  expect(warnings.map((line) => /(cut|flipped|half|text)/.exec(line)?.[0])).toEqual(['cut', 'flipped', 'half', 'text']);
});

test('a table gives the classes; some of the ImageNet folders without one are refused', async () => {
  const folder = classFolders('n01440764', 'n01443537');
  await ramp(join(folder, 'n01443537', 'a.png'), 256, 256);
  await expect(openImageFolder(folder)).rejects.toThrow(/2 of ImageNet's 1,000 class folders/);
  const table = join(folder, 'classes.json');
  writeFileSync(table, '[{"index": 7, "wnid": "n01440764", "name": "tench"}, {"index": 3, "wnid": "n01443537"}]');
  expect((await openImageFolder(folder, { classes: table })).label!(0)).toBe(3);
  writeFileSync(table, '[{"index": 7, "wnid": "n01440764"}]');
  await expect(openImageFolder(folder, { classes: table })).rejects.toThrow(/no class 'n01443537' in/);
  writeFileSync(table, '{}');
  await expect(openImageFolder(folder, { classes: table })).rejects.toThrow(/is not JSON of the form/);
});

test('a link to a folder is a class', async () => {
  const folder = classFolders('dog', 'eel');
  const elsewhere = classFolders('c');
  symlinkSync(join(elsewhere, 'c'), join(folder, 'cat'));
  for (const name of ['cat', 'eel']) await ramp(join(folder, name, 'x.png'), 256, 256);
  const dataset = await openImageFolder(folder);
  expect([dataset.label!(0), dataset.label!(1)]).toEqual([0, 2]);
});

test('an empty and a missing folder are refused, and the digest follows the contents', async () => {
  await expect(openImageFolder(classFolders('a'))).rejects.toThrow(/holds no \.jpg/);
  await expect(openImageFolder(join(temporaryFolder(), 'nowhere'))).rejects.toThrow(
    /nowhere cannot be read: no such file/,
  );
  const folder = classFolders('a');
  await ramp(join(folder, 'a', 'x.png'), 256, 256);
  const before = (await openImageFolder(folder)).sha256;
  expect((await openImageFolder(folder)).sha256).toBe(before);
  await ramp(join(folder, 'a', 'x.png'), 257, 256);
  expect((await openImageFolder(folder)).sha256).not.toBe(before);
});

test('points have the size that the config asks for', async () => {
  const folder = classFolders('a');
  await ramp(join(folder, 'a', 'x.png'), 40, 28);
  const open = (more: object) => openDataset({ imagefolder: folder, ...more });
  expect((await open({ size: 28 })).shape).toEqual([3, 28, 28]);
  expect((await open({ size: 28, channels: 1 })).shape).toEqual([1, 28, 28]);
  expect((await open({ resize: 'none' })).shape).toEqual([3, 28, 40]);
  const whole = await open({ resize: 'none' });
  const out = new Float32Array(3 * 28 * 40);
  await whole.read([0], out);
  expect([...out.subarray(0, 40)]).toEqual(Array.from({ length: 40 }, (_, x) => Math.fround(x / 255)));
  const centre = await open({ resize: 'none', size: 20 });
  await centre.read([0], out);
  expect([...out.subarray(0, 20)]).toEqual(Array.from({ length: 20 }, (_, x) => Math.fround((x + 10) / 255)));
  const digests = await Promise.all(
    [{}, { size: 28 }, { resize: 'none' }].map(async (more) => (await open(more)).sha256),
  );
  expect(new Set(digests).size).toBe(3);

  await ramp(join(folder, 'a', 'y.png'), 40, 30);
  await expect(open({ resize: 'none' })).rejects.toThrow(
    /y\.png has 40 x 30 pixels, .*x\.png has 40 x 28: give the imagefolder size: 28 in place of 'resize: none'/,
  );
  const large = await open({ resize: 'none', size: 29 });
  await expect(large.read([0], new Float32Array(3 * 29 * 29))).rejects.toThrow(/40 x 28 pixels, fewer than size: 29/);
});

test('a model of another shape is met with the key that mends it', async () => {
  const folder = classFolders('a');
  await ramp(join(folder, 'a', 'x.png'), 40, 28);
  const dataset = await openDataset({ imagefolder: folder });
  const model = { name: 'cnn', inputShape: [1, 28, 28] };
  expect(() => checkFits(model, dataset)).toThrow(
    /takes points of shape \[1,28,28\], .* has \[3,224,224\]; give the imagefolder size: 28, channels: 1/,
  );
  const grey = await openDataset({ imagefolder: folder, size: 28, channels: 1 });
  expect(() => checkFits(model, grey)).not.toThrow();
});

test('what is no class folder is left out or refused with the cure', async () => {
  const folder = classFolders('.ipynb_checkpoints', 'cat', 'dog', 'empty');
  for (const name of ['.ipynb_checkpoints', 'cat', 'dog']) await ramp(join(folder, name, 'x.png'), 20, 20);
  const dataset = await openImageFolder(folder);
  expect([dataset.length, dataset.label!(0), dataset.label!(1)]).toEqual([2, 0, 1]);
  expect(() => checkLabels(dataset, { name: 'net', outputs: 2 })).toThrow(/3 class folders \(cat, dog, empty\)/);

  mkdirSync(join(folder, 'dog', 'more'));
  await expect(openImageFolder(folder)).rejects.toThrow(/dog holds the folder more: a class is one folder of images/);
  rmSync(join(folder, 'dog'), { recursive: true });
  mkdirSync(join(folder, 'dog'));
  writeFileSync(join(folder, 'dog', 'x.webp'), '');
  await expect(openImageFolder(folder)).rejects.toThrow(
    /dog holds 1 file such as x\.webp, and no \.jpg, \.jpeg or \.png: turn them into PNG/,
  );
  await ramp(join(folder, 'dog', 'x.png'), 20, 20);
  const warnings: string[] = [];
  await openImageFolder(folder, { warn: (message) => warnings.push(message) });
  expect(warnings).toEqual([expect.stringMatching(/left out: 1 file of .*dog such as x\.webp/)]);
});

test('folders that are numbers need a table where their order as text is another', async () => {
  const folder = classFolders(...Array.from({ length: 12 }, (_, i) => `${i}`));
  for (let i = 0; i < 12; i++) await ramp(join(folder, `${i}`, 'x.png'), 20, 20);
  await expect(openImageFolder(folder)).rejects.toThrow(
    /are numbers, but as text 11 comes before 2: add classes: table\.json .*\["0", "1", "2", …\] by number or \["0", "1", "10", …\]/,
  );
  const classes = join(folder, 'table.json');
  writeFileSync(classes, JSON.stringify(Array.from({ length: 12 }, (_, i) => `${i}`)));
  const dataset = await openImageFolder(folder, { classes });
  expect(dataset.listing!.files.map(({ path, label }) => [basename(dirname(path)), `${label}`])).toSatisfy(
    (pairs: [string, string][]) => pairs.every(([name, label]) => name === label),
  );
  writeFileSync(classes, '["0", "0"]');
  await expect(openImageFolder(folder, { classes })).rejects.toThrow(/table\.json has '0' twice/);
});

test.skipIf(process.platform === 'win32')('what is no file is refused, or left out, and never waited for', async () => {
  const folder = classFolders('a');
  await ramp(join(folder, 'a', 'good.png'), 256, 256);
  const bad = join(folder, 'a', 'x.jpg');
  const refused = async (kind: string) => {
    await expect(openImageFolder(folder)).rejects.toThrow(new RegExp(`x\\.jpg cannot be read: it is ${kind}`));
    const warnings: string[] = [];
    const { length } = await openImageFolder(folder, { unreadable: 'skip', warn: (line) => warnings.push(line) });
    expect([length, ...warnings]).toEqual([1, expect.stringMatching(/skipped: image .*x\.jpg/)]);
    rmSync(bad, { recursive: true });
  };
  expect(spawnSync('mkfifo', [bad]).status).toBe(0);
  await refused('a FIFO');
  symlinkSync('/dev/zero', bad);
  await refused('a device');
  mkdirSync(bad);
  await refused('a folder');
  symlinkSync(join(folder, 'nowhere'), bad);
  await expect(openImageFolder(folder)).rejects.toThrow(/x\.jpg cannot be read: no such file/);
  for (const spec of [{ npy: 'fifo' }, { idx: 'fifo' }, { imagefolder: folder, classes: 'fifo' }]) {
    rmSync(join(folder, 'fifo'), { force: true });
    spawnSync('mkfifo', [join(folder, 'fifo')]);
    await expect(openDataset(spec, { folder })).rejects.toThrow(/fifo (cannot be read: it )?is a FIFO/);
  }
});

test.skipIf(process.platform === 'win32')(
  'what may stand for a class and is no folder is refused: the ranks of the others would move',
  async () => {
    const folder = classFolders('a', 'c');
    for (const name of ['a', 'c']) await ramp(join(folder, name, 'x.png'), 256, 256);
    const odd = join(folder, 'b');
    symlinkSync(join(folder, 'nowhere'), odd);
    await expect(openImageFolder(folder)).rejects.toThrow(
      /b is a link that leads nowhere, and not a class folder: mend/,
    );
    rmSync(odd);
    spawnSync('mkfifo', [odd]);
    await expect(openImageFolder(folder)).rejects.toThrow(/b is a FIFO, and not a class folder/);
    rmSync(odd);
    writeFileSync(odd, 'notes');
    expect((await openImageFolder(folder)).label!(1)).toBe(1);
  },
);

test('a listing opens the folder again without another look at its files', async () => {
  const folder = classFolders('cat', 'dog');
  for (const name of ['cat', 'dog']) await ramp(join(folder, name, 'x.png'), 256, 256);
  const spec = { imagefolder: 'images', unreadable: 'skip' } as const;
  const at = temporaryFolder();
  symlinkSync(folder, join(at, 'images'));
  const first = await openDataset(spec, { folder: at });
  expect(first.name).toBe('images');
  await ramp(join(folder, 'cat', 'later.png'), 256, 256);
  const again = await openDataset(spec, { folder: at }, structuredClone(first.listing));
  expect([again.length, again.sha256, again.label!(1)]).toEqual([2, first.sha256, 1]);
  const [a, b] = [new Float32Array(3 * size), new Float32Array(3 * size)];
  await first.read([1], a);
  await again.read([1], b);
  expect(b).toEqual(a);
});

describe.skipIf(!dataFolder)('with the ImageNet samples', () => {
  test('there is one image for each class, in the usual order', async () => {
    const dataset = await openDataset('imagenet-samples', { env: dataEnv });
    expect(dataset.length).toBe(1000);
    expect(new Set(Array.from({ length: 1000 }, (_, i) => dataset.label!(i))).size).toBe(1000);
    expect([dataset.label!(0), dataset.label!(999)]).toEqual([0, 999]);
  });
});

test('an image that changes after the folder was listed is refused', async () => {
  const folder = classFolders('a');
  await ramp(join(folder, 'a', '1.png'), 8, 8);
  await ramp(join(folder, 'a', '2.png'), 8, 8);
  const dataset = await openImageFolder(folder, { framing: { channels: 3 } });
  await ramp(join(folder, 'a', '2.png'), 8, 16);
  const out = new Float32Array(192);
  await dataset.read([0], out);
  await expect(dataset.read([1], out)).rejects.toThrow(/2\.png was changed while the run was under way/);
});
