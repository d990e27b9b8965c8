import { describe, expect, it } from 'vitest';
import { lambdaText, numberText } from '../../src/figures/labels.ts';
import { numberAxis } from '../../src/figures/pictures/lines.ts';
import { drawPicture } from '../../src/figures/plot/draw.ts';
import type { Mark, Picture } from '../../src/figures/plot/picture.ts';
import {
  bandAxis,
  hasBand,
  linearAxis,
  logAxis,
  magnitudeAxis,
  position,
  roundTicks,
} from '../../src/figures/plot/scale.ts';
import { paperSheet, screen } from '../../src/figures/plot/sheet.ts';
import { smallestText, textWidth, wrapped } from '../../src/figures/plot/text.ts';

const labels = (ticks: readonly { readonly label: readonly string[] }[]) => ticks.map(({ label }) => label.join(' '));

describe('numbers', () => {
  it('are powers of ten where they are small or large, never 1e-7', () => {
    expect(
      [0, 0.0123456, 12345.6, 1e-7, 3.16227766017e-10, -2.5e-9, 1e6, 87654321].map((value) => numberText(value)),
    ).toEqual(['0', '0.01235', '12350', '10⁻⁷', '3.162·10⁻¹⁰', '−2.5·10⁻⁹', '10⁶', '8.765·10⁷']);
    expect([0, 1e-7, 0.01, 0.25, 3.16227766017e-10].map(lambdaText)).toEqual([
      '0',
      '10⁻⁷',
      '10⁻²',
      '0.25',
      '3.16·10⁻¹⁰',
    ]);
  });
});

describe('an axis', () => {
  it('of whole numbers has whole ticks', () => {
    for (const [low, high] of [
      [0, 1],
      [1, 4],
      [3, 47],
      [0, 1000],
    ] as const) {
      for (const { at, label } of roundTicks(low, high, 6, true)) expect(label).toEqual([String(Math.round(at))]);
    }
    expect(labels(roundTicks(0.8, 1, 4))).toEqual(['0.80', '0.85', '0.90', '0.95', '1.00']);
  });

  it('that is logarithmic has powers of ten', () => {
    expect(labels(logAxis([1e-10, 1e-3]).ticks).filter(Boolean)).toEqual(['10⁻¹⁰', '10⁻⁸', '10⁻⁶', '10⁻⁴']);
    expect(labels(logAxis([3, 60]).ticks)).toEqual(['5', '10', '20', '50']);
  });

  it('with values at 0 has decades of equal length', () => {
    const { scale, ticks } = magnitudeAxis([0, 0.02, 3, 800].map((mean) => ({ mean, sem: 0 })));
    expect(scale.kind).toBe('decades');
    const steps = ticks
      .map(({ at }) => position(scale, at))
      .map((place, i, all) => (i === 0 ? 0 : place - all[i - 1]!));
    for (const step of steps.slice(2)) expect(step).toBeCloseTo(steps[1]!, 12);
  });

  it('puts the rounding errors of an exact decode at 0, and errors that fall step by step at their values', () => {
    const axisOf = (means: readonly number[]) => magnitudeAxis(means.map((mean) => ({ mean, sem: 0 }))).scale;
    expect(axisOf([1, 0.1, 1e-13])).toMatchObject({ kind: 'decades', unit: 0.1 });
    expect(axisOf([1, 0.1, 1e-13, 0])).toMatchObject({ kind: 'decades', unit: 0.1 });
    expect(axisOf([1, 1e-3, 1e-6, 1e-9, 1e-12])).toMatchObject({ kind: 'log', low: 1e-12 });
    expect(axisOf([1, 0.3, 1e-8, 3e-9])).toMatchObject({ kind: 'log', low: 3e-9 });
    expect(axisOf([4e12, 0.43, 0.0025])).toMatchObject({ kind: 'log', low: 0.0025 });
    expect(axisOf([1e-13, 1e-13])).toMatchObject({ kind: 'linear' });
  });

  it('says below which value errors stand at its 0, where not all of them are 0', () => {
    const floor = (means: readonly number[]) => labels(magnitudeAxis(means.map((mean) => ({ mean, sem: 0 }))).ticks)[0];
    expect(floor([1, 0.1, 3e-13, 1e-12, 0])).toBe('< 10⁻¹¹');
    expect(floor([5e5, 0.1, 3e-13])).toBe('< 10⁻¹²');
    expect(floor([1, 0.01, 0])).toBe('0');
  });

  it('leaves a standard error that reaches 0 to a bar: the axis ends at the means', () => {
    expect([hasBand(1, 0.5), hasBand(1, 1), hasBand(0, 0)]).toEqual([true, false, false]);
    const { scale } = magnitudeAxis([
      { mean: 1, sem: 1 },
      { mean: 100, sem: 5 },
    ]);
    expect(scale).toMatchObject({ kind: 'log', low: 0.5 });
  });
});

describe('text', () => {
  it('has the width of DejaVu Sans, the index of a λ smaller', () => {
    expect(textWidth('MSE', 10)).toBeCloseTo(8.63 + 6.35 + 6.32, 6);
    expect(textWidth('λ_enc', 20)).toBeLessThan(textWidth('λenc', 20));
  });

  it('breaks after commas, and at spaces what is still too wide', () => {
    expect(wrapped('difference in RelAcc, right: Replication is better', 10, 110)).toEqual([
      'difference in RelAcc,',
      'right: Replication is',
      'better',
    ]);
    expect(wrapped('K = 20, N = 100, S = 40', 10, 80)).toEqual(['K = 20,', 'N = 100,', 'S = 40']);
  });
});

const axis = (title: string) => ({ ...linearAxis([0, 10]), title });
const marks: Mark[] = [
  {
    kind: 'line',
    points: [
      { x: 0, y: 0 },
      { x: 10, y: 10 },
    ],
    stroke: { colour: '#b33009', dash: [] },
    series: 'BACC',
  },
  {
    kind: 'band',
    points: [
      { x: 0, low: 0, high: 1 },
      { x: 10, low: 9, high: 10 },
    ],
    colour: '#b33009',
  },
  { kind: 'rule', from: { x: 5, y: 2 }, to: { x: 5, y: 4 }, stroke: { colour: '#b33009', dash: [1, 2] }, thin: true },
  { kind: 'point', x: 5, y: 3, marker: { shape: 'star', hollow: true }, colour: '#b33009', tip: 'a < b' },
  { kind: 'rect', x: [1, 2], y: [0, 3], fill: { colour: '#b33009', outline: '#b33009', hatched: true } },
  { kind: 'text', x: 3, y: 3, text: '10⁻⁷' },
];
const picture = (panels: number): Picture => ({
  panels: Array.from({ length: panels }, (_, i) => ({
    heading: `K = ${i}`,
    x: axis('λ_enc'),
    y: axis('degraded accuracy'),
    marks,
  })),
  columns: 3,
  shared: true,
  legend: ['BACC', 'NeRCC0', 'ApproxIFER-kriging-locator'].map((label) => ({
    label,
    stroke: { colour: '#b33009', dash: [5, 2] },
    marker: { shape: 'circle' },
  })),
  title: 'lenet5-mnist on mnist, K = 20',
});

describe('a picture on paper', () => {
  const widths = { '3.25in': 234, '6.75in': 486, '84mm': 238.11, '8.4cm': 238.11, '240pt': 240 };

  it('is exactly as wide as asked for, in points', () => {
    for (const [written, points] of Object.entries(widths)) {
      for (const panels of [1, 2, 5]) {
        expect(drawPicture(picture(panels), paperSheet(written))).toContain(`width="${points}pt"`);
      }
    }
    for (const wrong of ['3.25', 'in', '-3in', '3.25 feet', '1pt', '1e9in', '']) {
      expect(() => paperSheet(wrong)).toThrow(/--width .*expected a width from 100 to 1000 pt with its unit/);
    }
  });

  it('has no text below 7 pt, no line below 0.5 pt, no title and no dash without end', () => {
    for (const written of Object.keys(widths)) {
      const svg = drawPicture(picture(4), paperSheet(written));
      const numbers = (name: string) =>
        [...svg.matchAll(new RegExp(`${name}="([\\d.]+)"`, 'g'))].map(([, text]) => Number(text));
      expect(numbers('font-size').length).toBeGreaterThan(10);
      expect(Math.min(...numbers('font-size'))).toBeGreaterThanOrEqual(smallestText);
      expect(Math.min(...numbers('stroke-width'))).toBeGreaterThanOrEqual(0.5);
      expect(svg).not.toContain('lenet5-mnist on mnist');
      expect(svg).not.toMatch(/stroke-dasharray="1[ ,]0"|NaN|Infinity|undefined/);
    }
  });

  it('has everything inside its page', () => {
    for (const written of ['3.25in', '6.75in']) {
      const { width } = paperSheet(written);
      const svg = drawPicture(picture(3), paperSheet(written));
      const texts = [
        ...svg.matchAll(
          /<text x="([\d.-]+)" y="[^"]*"[^>]*font-size="([\d.]+)" text-anchor="(\w+)"([^>]*)>(.*?)<\/text>/g,
        ),
      ];
      for (const [, x, size, anchor, rest, content] of texts) {
        if (rest!.includes('rotate')) continue;
        const long = textWidth(content!.replace(/<[^>]*>/g, ''), Number(size));
        const start = Number(x) - (anchor === 'middle' ? long / 2 : anchor === 'end' ? long : 0);
        expect(start, content).toBeGreaterThanOrEqual(-1);
        expect(start + long, content).toBeLessThanOrEqual(width! + 1);
      }
    }
  });
});

describe('a picture', () => {
  it('is the same bytes every time; its title stands on a screen', () => {
    const svg = drawPicture(picture(2), screen);
    expect(drawPicture(picture(2), screen)).toBe(svg);
    expect(svg).toContain('lenet5-mnist on mnist, K = 20');
    expect(svg).toContain('<title>a &lt; b</title>');
  });

  it('sets the index of λ lower', () => {
    expect(drawPicture(picture(1), screen)).toMatch(/>λ<tspan dy="[\d.]+" font-size="[\d.]+">enc<\/tspan>/);
  });

  it('slants the names of bands that do not fit beside each other', () => {
    const bands = {
      ...bandAxis([['a long name of a scheme'], ['another long name of one'], ['a third']]),
      bands: true,
    };
    const wide = { ...picture(1), panels: [{ x: bands, y: axis('MSE'), marks: [] }] };
    expect(drawPicture(wide, paperSheet('3.25in'))).toContain('rotate(-45');
  });
});

it('keys that grow by a factor have a logarithmic axis with their own values', () => {
  const kind = (...values: number[]) => numberAxis('N', values).scale.kind;
  expect(kind(64, 128, 256, 512, 1024, 2048)).toBe('log');
  expect(kind(50, 100, 200, 500, 1000)).toBe('log');
  expect(kind(1, 2, 4, 8, 16)).toBe('log');
  expect(numberAxis('N', [1024, 64, 256, 128, 512]).ticks.map(({ at }) => at)).toEqual([64, 128, 256, 512, 1024]);
  for (const values of [
    [100, 200],
    [10, 20, 40],
    [100, 200, 300, 400],
    [0, 10, 20, 40, 80],
    [1, 2, 3, 4, 5],
    [2, 3, 5, 8],
    [1, 3, 20, 40, 60],
    [1, 2, 4, 8],
    Array.from({ length: 31 }, (_, i) => i + 2),
    [],
  ])
    expect(kind(...values)).toBe('linear');
});
