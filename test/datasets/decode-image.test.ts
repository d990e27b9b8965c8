import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeImage, type Framing } from '../../src/datasets/decode-image.ts';

interface Golden {
  cases: { name: string; image: string; points: { framing: Framing; pixels: string }[] }[];
}

const golden = JSON.parse(readFileSync(new URL('../golden/images.json', import.meta.url), 'utf8')) as Golden;
const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'base64'));

const worst = (a: Uint8Array, b: Uint8Array) =>
  a.length === b.length ? a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0) : Number.NaN;

describe.each(golden.cases)('$name', ({ name, image, points }) => {
  test.each(points)('is read as by Pillow to one level: $framing', async ({ framing, pixels }) => {
    expect(worst(await decodeImage(bytes(image), name, framing), bytes(pixels))).toBeLessThanOrEqual(1);
  });
});

test('a picture that is its own mirror image stays so when it is enlarged', async () => {
  const side = 200;
  const wave = (i: number) => 127 + 120 * Math.cos((i - (side - 1) / 2) / 9);
  const pixels = Buffer.alloc(side * side * 3);
  for (let i = 0; i < side * side; i++)
    pixels.fill((wave(i % side) + wave(Math.floor(i / side))) / 2, 3 * i, 3 * i + 3);
  const png = await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toBuffer();
  const out = await decodeImage(png, 'x');
  const mirrored = out.map((_, at) => out[at - (at % 224) + 223 - (at % 224)]!);
  expect(worst(out, mirrored)).toBeLessThanOrEqual(1);
});

test('a grey image of 16 bits keeps its upper byte: Pillow would cut it off at 255, which is white', async () => {
  const values = Uint16Array.from({ length: 64 }, (_, i) => 1000 * i);
  const png = await sharp(values, { raw: { width: 8, height: 8, channels: 1 } })
    .toColourspace('grey16')
    .png()
    .toBuffer();
  expect((await sharp(png).metadata()).depth).toBe('ushort');
  const out = await decodeImage(png, 'x', { channels: 1 });
  expect(
    worst(
      out,
      Uint8Array.from(values, (value) => value >> 8),
    ),
  ).toBeLessThanOrEqual(1);
});
