import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { drawPicture, svgDocument } from '../../src/figures/plot/draw.ts';
import { hatchDefinitions } from '../../src/figures/plot/marks.ts';
import type { Picture } from '../../src/figures/plot/picture.ts';
import { linearAxis } from '../../src/figures/plot/scale.ts';
import { paperSheet, screen } from '../../src/figures/plot/sheet.ts';
import { svgText } from '../../src/figures/plot/text.ts';
import { figureFormats, formatNames } from '../../src/figures/render/formats.ts';
import { renderPdf } from '../../src/figures/render/pdf.ts';
import { renderPng } from '../../src/figures/render/png.ts';

const picture: Picture = {
  panels: [
    {
      x: { ...linearAxis([0, 1]), title: 'λ_enc' },
      y: { ...linearAxis([0, 1]), title: 'MSE' },
      marks: [
        {
          kind: 'line',
          points: [
            { x: 0, y: 0 },
            { x: 1, y: 1 },
          ],
          stroke: { colour: '#b33009', dash: [5, 2] },
          series: 'BACC',
        },
        { kind: 'rect', x: [0.2, 0.4], y: [0, 0.5], fill: { colour: '#022d86', hatched: true }, tip: 'hatched' },
        { kind: 'point', x: 0.5, y: 0.5, marker: { shape: 'plus' }, colour: '#022d86', tip: '10⁻⁷ ± 1' },
      ],
    },
  ],
  columns: 1,
  shared: true,
  legend: [{ label: 'BACC', stroke: { colour: '#b33009', dash: [] } }],
  colourBar: { title: 'MSE', colour: () => '#022d86', ticks: [{ share: 0.5, label: '10' }] },
  title: '',
};

const ink = async (svg: string) => {
  const pixels = await sharp(await renderPng(svg))
    .greyscale()
    .raw()
    .toBuffer();
  return pixels.reduce((sum, value) => sum + (value < 128 ? 1 : 0), 0);
};

describe('a PNG', () => {
  it('shows text, without a font of the machine', async () => {
    const svg = (text: string) => svgDocument(120, 30, screen, svgText(5, 20, text, { size: 14 }));
    expect(await ink(svg(''))).toBe(0);
    expect(await ink(svg('λ 10⁻⁶ MSE'))).toBeGreaterThan(300);
    expect(await ink(svg('λ 10⁻⁶ MSE MSE'))).toBeGreaterThan((await ink(svg('λ 10⁻⁶ MSE'))) * 1.2);
  });

  it('hatches', async () => {
    const hatched = svgDocument(
      40,
      40,
      screen,
      `<defs>${hatchDefinitions(['#000000'], screen)}</defs><rect x="0" y="0" width="40" height="40" fill="url(#hatch-000000)"/>`,
    );
    const share = (await ink(hatched)) / 6400;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.6);
  });

  it('has twice the pixels of a screen, or 300 an inch of paper', async () => {
    const wide = await sharp(await renderPng(drawPicture(picture, screen))).metadata();
    expect(wide.width).toBe(880);
    const paper = await sharp(await renderPng(drawPicture(picture, paperSheet('3.25in')))).metadata();
    expect(paper.width).toBe(975);
  });
});

describe('a PDF', () => {
  it('is the same bytes each time, of its size, with the font embedded', async () => {
    const svg = drawPicture(picture, paperSheet('3.25in'));
    const first = Buffer.from(await renderPdf(svg));
    await new Promise((resolve) => setTimeout(resolve, 1100)); // another second on the clock
    expect(Buffer.from(await renderPdf(svg)).equals(first)).toBe(true);
    const text = first.toString('latin1');
    expect(text.startsWith('%PDF-')).toBe(true);
    expect(text).toMatch(/MediaBox \[0 0 234 \d+/);
    expect(text).toMatch(/FontFile2/);
    expect(text).toContain('DejaVuSans');
    expect(text).not.toMatch(/Helvetica/);
    expect(text.match(/\/Type \/Page\b/g)).toHaveLength(1);
  });

  it('of a figure for the screen takes 72 points for 96 pixels', async () => {
    expect(Buffer.from(await renderPdf(drawPicture(picture, screen))).toString('latin1')).toMatch(
      /MediaBox \[0 0 330 /,
    );
  });
});

describe('the formats', () => {
  it('are a table, each with a renderer, and the report page', async () => {
    expect(formatNames).toEqual(['svg', 'png', 'pdf', 'html']);
    const svg = drawPicture(picture, paperSheet('3.25in'));
    for (const format of figureFormats) expect((await format.render(svg)).length).toBeGreaterThan(1000);
  });
});
