import { truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { contactSheet } from '../../src/figures/contact-sheet.ts';
import { npy, readSamples, samplesText } from '../../src/results/samples.ts';
import { UserError } from '../../src/util/errors.ts';
import { temporaryFolder } from '../helpers/folder.ts';

const samples = {
  shape: [1, 2, 3],
  sets: [
    { label: '2 queries', points: Float32Array.of(0, 0.5, 1, -1, 2, 0.25, 1, 1, 1, 0, 0, 0) },
    { label: 'A<B', points: new Float32Array(6) },
  ],
};

test('samples read back as they were written; a cut file is refused', () => {
  const folder = temporaryFolder();
  const { shape } = samples;
  const entries = samples.sets.map(({ label, points }, i) => ({
    label,
    file: `samples-${i}.npy`,
    count: points.length / 6,
    shape,
  }));
  for (const [i, { points }] of samples.sets.entries())
    writeFileSync(path.join(folder, entries[i]!.file), npy([entries[i]!.count, ...shape], points));
  writeFileSync(path.join(folder, 'samples.json'), samplesText(entries));
  expect(readSamples(folder)).toEqual(samples);
  expect(() => readSamples(path.join(folder, 'none'))).toThrow('run the experiment again');
  truncateSync(path.join(folder, 'samples-0.npy'), 100);
  expect(() => readSamples(folder)).toThrow('run the experiment again');
});

test('a contact sheet shows each set once, clipped to [0, 1], the same bytes each time', async () => {
  const svg = await contactSheet(samples);
  expect(svg).toBe(await contactSheet(samples));
  expect(svg.match(/<image /g)).toHaveLength(2);
  expect(svg).toContain('A&lt;B');
  const { default: sharp } = await import('sharp');
  const png = Buffer.from(/base64,([^"]*)"/.exec(svg)![1]!, 'base64');
  const { data, info } = await sharp(png).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
  const pixel = (x: number, y: number) => data[(y * info.width + x) * info.channels];
  expect([0, 1, 2].map((x) => pixel(x, 0))).toEqual([0, 128, 255]);
  expect([0, 1, 2].map((x) => pixel(x, 1))).toEqual([0, 255, 64]);
});

test('points that are no images are refused', async () => {
  await expect(contactSheet({ shape: [5], sets: [] })).rejects.toThrow(UserError);
});
