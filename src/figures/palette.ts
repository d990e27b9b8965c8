import type { Marker, Stroke } from './plot/picture.ts';
import { markers } from './plot/picture.ts';

/**
 * A colour, marker and dash for every scheme: the same in every figure of every run, because they follow from the label
 * alone. Only a label of no known scheme has a colour that the known schemes of its run leave. Any two differ in lightness by more than 8 (CIE L*), or in dash and marker, and no two colours are confused by
 * readers with any of the three kinds of colour blindness; all have a contrast of 3 : 1 to white (test/figures/palette.test.ts
 * computes it).
 */
export interface Style extends Stroke {
  readonly marker: Marker;
}

const colours = {
  black: '#090909',
  grey: '#8c8e91',
  vermilion: '#b33009',
  sky: '#137fe6',
  navy: '#022d86',
  amber: '#cb8100',
  plum: '#773b79',
  green: '#0e6646',
} as const;

/** Colours that grey print does not tell apart: their schemes differ in dash and marker. */
const tones: readonly (readonly string[])[] = [
  [colours.black],
  [colours.navy],
  [colours.vermilion, colours.plum, colours.green],
  [colours.amber, colours.grey, colours.sky],
];

/** Lengths in widths of the line. */
const dashes = {
  solid: [],
  dashed: [5, 2],
  dotted: [1.2, 1.6],
  dashDot: [5, 1.6, 1.2, 1.6],
  short: [2.6, 1.4],
  long: [9, 2.2],
  longDot: [9, 1.6, 1.2, 1.6],
  dashDots: [4, 1.4, 1.2, 1.4, 1.2, 1.4],
} as const satisfies Record<string, readonly number[]>;
type Dash = keyof typeof dashes;

type Colour = keyof typeof colours;

type Entry = readonly [colour: Colour, dash: Dash, marker: Marker['shape']];

/** The schemes themselves. */
const schemes: Readonly<Record<string, Entry>> = {
  Uncoded: ['black', 'solid', 'left'],
  Replication: ['grey', 'dotted', 'right'],
  BACC: ['vermilion', 'solid', 'circle'],
  NeRCC0: ['sky', 'solid', 'square'],
  NeRCC: ['navy', 'solid', 'up'],
  ApproxIFER: ['amber', 'dashed', 'diamond'],
  ParM: ['plum', 'dashDot', 'down'],
  Kriging: ['green', 'dashed', 'plus'],
  SBACC: ['plum', 'long', 'cross'],
  LCC: ['vermilion', 'short', 'hexagon'],
  StaticVCC: ['sky', 'long', 'star'],
  AVCC: ['navy', 'longDot', 'cross'],
  MDS: ['amber', 'short', 'down'],
  LearnedCode: ['navy', 'short', 'circle'],
  Hedged: ['amber', 'longDot', 'up'],
};

/** How variants of a scheme (`BACC-legacy`), by suffix or by label, differ from it: in dash and, hollow, in marker. */
const variants: readonly (readonly [name: string, dash: Dash, marker: Marker['shape']])[] = [
  ['Kriging-kriging-locator', 'dotted', 'up'],
  ['SBACC-16', 'short', 'up'],
  ['Replication-kriging', 'dashDot', 'hexagon'],
  ['Replication+kriging', 'dashDot', 'hexagon'],
  ['legacy', 'short', 'hexagon'],
  ['first-kind', 'dashed', 'star'],
  ['kriging', 'long', 'star'],
  ['oracle', 'dotted', 'diamond'],
  ['path', 'longDot', 'down'],
  ['unit', 'dashDot', 'square'],
  ['bound', 'long', 'up'],
  ['unit-bound', 'dotted', 'left'],
  ['located', 'dashDots', 'circle'],
  ['kriging-locator', 'longDot', 'right'],
  ['concatenation', 'short', 'cross'],
  ['always', 'dashDots', 'plus'],
  ['c0', 'longDot', 'square'],
  ['c0.5', 'short', 'diamond'],
  ['auto', 'dashDots', 'right'],
  ['l2', 'dashDot', 'down'],
  ['sup', 'long', 'cross'],
  ['l2-0.01', 'dashDots', 'diamond'],
  ['sup-0.01', 'dotted', 'square'],
];

/** The scheme that a label is a variant of: the longest known name that it begins with. */
function baseScheme(label: string): string | undefined {
  return Object.keys(schemes)
    .filter((name) => label === name || (label.startsWith(name) && /^[^A-Za-z0-9]/.test(label.slice(name.length))))
    .sort((a, b) => b.length - a.length)[0];
}

/** A whole number from 0 to `below` - 1 that follows from a text (FNV-1a). */
function numberOf(text: string, below: number): number {
  let hash = 2166136261;
  for (const character of text) hash = Math.imul(hash ^ character.codePointAt(0)!, 16777619) >>> 0;
  // the low bits of the hash follow from those of the letters alone
  return (Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 12) % below;
}

const dashNames = Object.keys(dashes) as Dash[];
const fillable = markers.filter((shape) => shape !== 'bar');
const colourNames = Object.keys(colours) as Colour[];

/**
 * The style of a scheme by its label. Variants of a known scheme share its colour; a label of no known scheme gets a style
 * that follows from its letters.
 * @param shift another choice, for labels whose letters give one style
 * @param free colours for a label of no known scheme
 */
export function schemeStyle(label: string, shift = 0, free: readonly Colour[] = colourNames): Style {
  const base = baseScheme(label);
  const known = base === undefined ? undefined : schemes[base]!;
  if (known && label === base) return style(...known, false);
  const suffix = base === undefined ? label : label.slice(base.length).replace(/^[^A-Za-z0-9]+/, '');
  const variant = variants.find(([name]) => name === label) ?? variants.find(([name]) => name === suffix);
  if (known && variant && shift === 0) return style(known[0], variant[1], variant[2], true);
  const pick = <T>(items: readonly T[], what: string) => items[numberOf(`${what} ${suffix} ${shift}`, items.length)]!;
  if (known) {
    const [colour, dash, marker] = known;
    const otherDashes = dashNames.filter((name) => name !== dash);
    const otherMarkers = fillable.filter((shape) => shape !== marker);
    return style(colour, pick(otherDashes, 'dash'), pick(otherMarkers, 'marker'), true);
  }
  return style(pick(free, 'colour'), pick(dashNames, 'dash'), pick(fillable, 'marker'), true);
}

function style(colour: Colour, dash: Dash, shape: Marker['shape'], hollow: boolean): Style {
  return { colour: colours[colour], dash: dashes[dash], marker: hollow ? { shape, hollow } : { shape } };
}

/** The colours that none of some labels has by its scheme; all where none is left. */
function freeColours(labels: readonly string[]): Colour[] {
  const taken = new Set(labels.flatMap((label) => schemes[baseScheme(label) ?? '']?.[0] ?? []));
  const left = colourNames.filter((name) => !taken.has(name));
  return left.length > 0 ? left : colourNames;
}

/** Tries for a style that no other series has. */
const mostTries = 200;

/** Values of a key other than the scheme (K = 8, 10, 12), in order: from dark to light. */
const ordered: readonly Entry[] = [
  ['navy', 'solid', 'circle'],
  ['vermilion', 'dashed', 'square'],
  ['sky', 'short', 'up'],
  ['amber', 'dashDot', 'diamond'],
  ['green', 'long', 'down'],
  ['plum', 'dotted', 'plus'],
  ['black', 'longDot', 'cross'],
  ['grey', 'dashDots', 'star'],
];

/**
 * Styles of the series of a run by label.
 * @param labels all series of the run, so that its figures agree
 * @param bySchemes whether they are schemes
 */
export function seriesStyles(labels: readonly string[], bySchemes = true): Map<string, Style> {
  const all = [...new Set(labels)];
  if (!bySchemes) {
    return new Map(
      all.map((label, i) => {
        const [colour, dash, marker] = ordered[i % ordered.length]!;
        return [label, style(colour, dash, marker, i >= ordered.length)];
      }),
    );
  }
  const taken = new Set<string>();
  const places = ({ colour, dash, marker }: Style) => {
    const tone = tones.findIndex((members) => members.includes(colour));
    return [`${tone} ${dash}`, `${tone} ${marker.shape} ${marker.hollow}`];
  };
  const isFree = (candidate: Style) => !places(candidate).some((place) => taken.has(place));
  const styles = new Map<string, Style>();
  // schemes of the package first, then by name: a style must not depend on the order of a config
  const sorted = [...all].sort((a, b) => Number(b in schemes) - Number(a in schemes) || (a < b ? -1 : 1));
  const free = freeColours(all);
  const unknown = new Set<string>();
  for (const label of sorted) {
    const isKnown = baseScheme(label) !== undefined;
    const unused = free.filter((name) => !unknown.has(colours[name]));
    const own = unused.length > 0 ? unused : free;
    let chosen = schemeStyle(label, 0, own);
    for (let shift = 1; !isFree(chosen) && shift < mostTries; shift++) chosen = schemeStyle(label, shift, own);
    for (const place of places(chosen)) taken.add(place);
    if (!isKnown) unknown.add(chosen.colour);
    styles.set(label, chosen);
  }
  return new Map(all.map((label) => [label, styles.get(label)!]));
}

/** The styles that the package itself knows, for the test that tells all pairs apart. */
export function knownStyles(): Map<string, Style> {
  return new Map(Object.keys(schemes).map((name) => [name, schemeStyle(name)]));
}

/** Colours of the parts of a bar, which are no schemes: any two are told apart in grey as well. */
export const partColours = ['#00236e', '#787a7d', '#0e6646', '#cb8100', '#612a64'] as const;

/** Shares from 0 to 1 as colours from dark to light (cividis: Nuñez, Anderton & Renslow, PLoS ONE 13, 2018). */
export function shade(share: number): string {
  const stops = ['00224e', '123570', '3b496c', '575d6d', '707173', '8a8678', 'a59c74', 'c3b369', 'fee838'];
  const at = Math.min(0.9999, Math.max(0, share)) * (stops.length - 1);
  const [from, to] = [stops[Math.floor(at)]!, stops[Math.floor(at) + 1]!];
  const part = (text: string, i: number) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  const mixed = [0, 1, 2].map((i) => Math.round(part(from, i) + (at - Math.floor(at)) * (part(to, i) - part(from, i))));
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

/** Text that reads on `shade(share)`: between white and black where both have the same contrast. */
export function onShade(share: number): string {
  return share < 0.525 ? '#ffffff' : '#000000';
}
