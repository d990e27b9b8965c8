import { truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { sampleFigures } from '../../src/figures/contact-sheet.ts';
import { paperSheet, screen } from '../../src/figures/plot/sheet.ts';
import { readSamples, samplesText } from '../../src/results/samples.ts';
import { UserError } from '../../src/util/errors.ts';
import { npyBytes } from '../../src/util/npy.ts';
import { temporaryFolder } from '../helpers/folder.ts';
import { manifest } from '../helpers/run.ts';

const samples = {
  shape: [1, 2, 3],
  sets: [
    { label: '2 queries', points: Float32Array.of(0, 0.5, 1, -1, 2, 0.25, 1, 1, 1, 0, 0, 0) },
    { label: 'BACC: 2 coded points', points: Float32Array.of(1, 1, 1, 1, 1, 1, 0.5, 0, 0, 0, 0, 0) },
    { label: 'A<B: 2 coded points', points: new Float32Array(12) },
  ],
};
const schemes = [
  { label: 'BACC', options: {} },
  { label: 'A<B', options: { lambdaEnc: 1e-5, lambdaDec: 0 } },
];
const of = manifest({ config: { ...manifest().config, kind: 'samples', schemes } });

/** Grey values of the pictures of a sheet, a pixel of each image. */
async function pictures(svg: string): Promise<number[][]> {
  const found = [...svg.matchAll(/base64,([^"]*)"/g)].map(([, text]) => Buffer.from(text!, 'base64'));
  return Promise.all(
    found.map(async (png) => [
      ...(await sharp(png).resize(3, 2, { kernel: 'nearest' }).toColourspace('b-w').raw().toBuffer()),
    ]),
  );
}

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
    writeFileSync(path.join(folder, entries[i]!.file), npyBytes([entries[i]!.count, ...shape], points));
  writeFileSync(path.join(folder, 'samples.json'), samplesText(entries));
  expect(readSamples(folder)).toEqual(samples);
  expect(() => readSamples(path.join(folder, 'none'))).toThrow('(no such file); run the experiment again');
  truncateSync(path.join(folder, 'samples-0.npy'), 100);
  expect(() => readSamples(folder)).toThrow('run the experiment again');
  for (const damaged of ['', '{"a": 1}', '[', 'null']) {
    writeFileSync(path.join(folder, 'samples.json'), damaged);
    expect(() => readSamples(folder)).toThrow('(samples.json is not what was written); run the experiment again');
  }
});

test('samples are drawn as pairs with their difference, and all of them; λ_enc is named; the same bytes each time', async () => {
  const figures = sampleFigures(samples, of);
  expect(figures.map(({ name }) => name)).toEqual(['samples', 'samples-all']);
  const draw = () => Promise.all(figures.map((figure) => figure.draw(screen)));
  const [pairs, all] = await draw();
  expect(await draw()).toEqual([pairs, all]);
  for (const svg of [pairs, all]) {
    expect(svg).toMatch(/A&lt;B, λ<tspan[^>]*>enc<\/tspan><tspan[^>]*> = 10⁻⁵</);
  }
  // queries, BACC, A<B, BACC − A<B: two workers each
  const shown = await pictures(pairs!);
  expect(shown).toHaveLength(8);
  expect(shown[0]).toEqual([0, 128, 255, 0, 255, 64]); // clipped to [0, 1]
  expect(shown[6]).toEqual(Array(6).fill(255)); // 1 − 0
  expect(shown[7]).toEqual([191, 128, 128, 128, 128, 128]); // grey is 0
  expect(pairs!).toContain('BACC − A&lt;B');
  // the worker whose images differ most has a frame of one colour in each scheme and below
  expect(pairs!.match(/stroke="#b33009"/g)).toHaveLength(3);
  expect(await pictures(all!)).toHaveLength(6);
});

test('a sheet is as wide as the paper', async () => {
  const [pairs] = sampleFigures(samples, of);
  expect(await pairs!.draw(paperSheet('3.25in'))).toContain('width="234pt"');
});

test('points that are no images are refused', () => {
  expect(() => sampleFigures({ shape: [5], sets: [] }, of)).toThrow(UserError);
});
