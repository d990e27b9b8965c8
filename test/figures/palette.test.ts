import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, test } from 'vitest';
import {
  knownStyles,
  onShade,
  partColours,
  type Style,
  schemeStyle,
  seriesStyles,
  shade,
} from '../../src/figures/palette.ts';
import { readSummary } from '../../src/results/read.ts';
import { contrastToWhite, difference, kindsOfColourBlindness, lab, linear, seenWith } from '../helpers/colour.ts';

const references = path.join(import.meta.dirname, '..', '..', 'results', 'reference');

/** Least difference in lightness that grey print shows. */
const greyStep = 8;
/** Least difference of colours that are told apart at a glance (CIE 1976). */
const colourStep = 10;

function differInForm(a: Style, b: Style): boolean {
  return JSON.stringify(a.dash) !== JSON.stringify(b.dash) && JSON.stringify(a.marker) !== JSON.stringify(b.marker);
}

/** How two styles are confused; empty when they never are. */
function confusions(a: Style, b: Style): string[] {
  if (differInForm(a, b)) return [];
  const [first, second] = [linear(a.colour), linear(b.colour)];
  const found = Math.abs(lab(first)[0] - lab(second)[0]) < greyStep ? ['grey'] : [];
  const seen = [
    { kind: 'full vision', as: [lab(first), lab(second)] as const },
    ...kindsOfColourBlindness.map((kind) => ({
      kind,
      as: [lab(seenWith(kind, first)), lab(seenWith(kind, second))] as const,
    })),
  ];
  return [...found, ...seen.filter(({ as }) => difference(...as) < colourStep).map(({ kind }) => kind)];
}

function confusedPairs(styles: ReadonlyMap<string, Style>): string[] {
  const entries = [...styles];
  return entries.flatMap(([a, first], i) =>
    entries.slice(i + 1).flatMap(([b, second]) => confusions(first, second).map((how) => `${a} and ${b}: ${how}`)),
  );
}

const runs = readdirSync(references).map((name) => ({
  name,
  labels: [...new Set(readSummary(path.join(references, name)).map(({ key }) => key.scheme))],
}));

describe('styles of schemes', () => {
  it('have a contrast of at least 3 : 1 to white', () => {
    for (const { labels } of runs) {
      for (const [label, { colour }] of seriesStyles(labels)) expect(contrastToWhite(colour), label).toBeGreaterThan(3);
    }
  });

  it('are told apart in grey, and with each kind of colour blindness: every pair of schemes', () => {
    expect(confusedPairs(knownStyles())).toEqual([]);
  });

  it('are told apart in every reference, variants among them', () => {
    for (const { name, labels } of runs) expect(confusedPairs(seriesStyles(labels)), name).toEqual([]);
  });

  it('are the same whatever a scheme is drawn with, in whatever order', () => {
    const all = [...new Set(runs.flatMap(({ labels }) => labels))];
    for (const { labels } of runs) {
      for (const [label, style] of seriesStyles([...labels].reverse()))
        expect(style, label).toEqual(schemeStyle(label));
    }
    for (const label of all) expect(seriesStyles([label]).get(label)).toEqual(schemeStyle(label));
  });

  it('of labels that nobody knows differ from each other', () => {
    const labels = Array.from({ length: 20 }, (_, i) => `scheme ${i}`);
    const styles = [...seriesStyles(labels).values()].map((style) => JSON.stringify(style));
    expect(new Set(styles).size).toBe(labels.length);
  });

  it('of labels that nobody knows have no colour of a known scheme of the run, which keeps its own', () => {
    const known = ['BACC', 'NeRCC', 'Replication', 'ApproxIFER-legacy'];
    const unknown = Array.from({ length: 4 }, (_, i) => `mine ${i}`);
    for (let i = 0; i < 50; i++) {
      const labels = [...known, `alien ${i}`, ...unknown];
      const styles = seriesStyles(labels);
      const colours = (of: readonly string[]) => new Set(of.map((label) => styles.get(label)!.colour));
      const [theirs, others] = [colours(known), colours(labels.filter((label) => !known.includes(label)))];
      expect([...others].filter((colour) => theirs.has(colour))).toEqual([]);
      // as many as are left
      expect(others.size).toBe(4);
      for (const label of known) expect(styles.get(label)).toEqual(schemeStyle(label));
      expect(seriesStyles([...labels].reverse())).toEqual(new Map([...styles].reverse()));
    }
  });

  it('give a variant the colour of its scheme, another dash and a hollow marker', () => {
    const [base, variant] = [schemeStyle('BACC'), schemeStyle('BACC-of-mine')];
    expect(variant.colour).toBe(base.colour);
    expect(differInForm(base, variant)).toBe(true);
    expect(variant.marker.hollow).toBe(true);
  });

  it('of values of a key are as many as there are values', () => {
    const styles = [...seriesStyles(['1', '2', '3', '4', '5', '6', '7', '8'], false).entries()];
    expect(confusedPairs(new Map(styles))).toEqual([]);
  });
});

test('colours of the parts of a bar are told apart in grey and by every reader', () => {
  const styles = partColours.map((colour): [string, Style] => [colour, { ...schemeStyle('BACC'), colour }]);
  expect(confusedPairs(new Map(styles))).toEqual([]);
  for (const colour of partColours) expect(contrastToWhite(colour)).toBeGreaterThan(3);
});

test('text on every shade reads (contrast of 4.5)', () => {
  const shares = Array.from({ length: 1001 }, (_, i) => i / 1000);
  const contrasts = shares.map((share) => {
    const [paper, ink] = [shade(share), onShade(share)].map(contrastToWhite);
    return Math.max(paper! / ink!, ink! / paper!);
  });
  expect(Math.min(...contrasts)).toBeGreaterThan(4.5);
});
