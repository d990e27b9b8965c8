/** One look for every figure: fonts, sizes, and a colour, marker and dash that stay with a scheme. */

/** DejaVu Sans comes with the package for PNG; the others have nearly its widths where a browser lacks it. */
export const fontFamily = 'DejaVu Sans, Verdana, sans-serif';

/** How a series is drawn. */
export interface SeriesStyle {
  readonly colour: string;
  /** A Vega symbol. */
  readonly marker: string;
  /** Lengths of dashes and gaps; a solid line is `[1, 0]`. */
  readonly dash: readonly number[];
}

/** Colours that readers with any colour vision tell apart (Okabe & Ito 2008), without its yellow, too pale for a line. */
const okabeIto = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000', '#7F7F7F'] as const;
const [blue, vermilion, green, purple, orange, sky, black, grey] = okabeIto;

/** Colour and marker by scheme, the same in every figure. Schemes that share a colour are not compared in any paper. */
const schemeStyles: Readonly<Record<string, readonly [colour: string, marker: string]>> = {
  Uncoded: [black, 'triangle-left'],
  Replication: [grey, 'triangle-right'],
  BACC: [vermilion, 'circle'],
  NeRCC0: [sky, 'square'],
  NeRCC: [blue, 'triangle-up'],
  ApproxIFER: [orange, 'diamond'],
  ParM: [purple, 'triangle-down'],
  Kriging: [green, 'cross'],
  LCC: [vermilion, 'circle'],
  StaticVCC: [sky, 'square'],
  AVCC: [blue, 'triangle-up'],
};

/** A short horizontal line, for the legend of a horizontal line. */
export const dashMarker = 'M-1,-0.13L1,-0.13L1,0.13L-1,0.13Z';
/** The same for a dashed one. */
export const dashedMarker = 'M-1,-0.13L-0.5,-0.13L-0.5,0.13L-1,0.13ZM0.5,-0.13L1,-0.13L1,0.13L0.5,0.13Z';

const markers = [
  'circle',
  'square',
  'triangle-up',
  'diamond',
  'triangle-down',
  'cross',
  'triangle-right',
  'triangle-left',
];
const dashes: readonly (readonly number[])[] = [
  [1, 0],
  [5, 3],
  [1.5, 2],
  [7, 2, 1.5, 2],
  [9, 4],
];

/** The scheme whose colour a label takes: itself, or the longest scheme name that it begins with (`NeRCC-oracle`). */
function baseScheme(label: string): string | undefined {
  return Object.keys(schemeStyles)
    .filter((name) => label === name || (label.startsWith(name) && /^[^A-Za-z0-9]/.test(label.slice(name.length))))
    .sort((a, b) => b.length - a.length)[0];
}

/**
 * The style of each series of a figure. Variants of one scheme (`BACC-legacy`) share its colour and differ in dashes and
 * marker; labels of no known scheme get the colours that are left.
 */
export function seriesStyles(labels: readonly string[]): SeriesStyle[] {
  const bases = labels.map(baseScheme);
  const taken = new Set(bases.map((base) => base && schemeStyles[base]![0]));
  const free = okabeIto.filter((colour) => !taken.has(colour));
  const palette = free.length > 0 ? free : okabeIto;
  const variants = new Map<string, number>(bases.flatMap((base) => (base && labels.includes(base) ? [[base, 1]] : [])));
  let unknown = 0;
  return labels.map((label, i) => {
    const base = bases[i];
    if (!base) {
      const place = unknown++;
      return {
        colour: palette[place % palette.length]!,
        marker: markers[place % markers.length]!,
        dash: dashes[Math.floor(place / palette.length) % dashes.length]!,
      };
    }
    const [colour, marker] = schemeStyles[base]!;
    if (label === base) return { colour, marker, dash: dashes[0]! };
    const variant = variants.get(base) ?? 0;
    variants.set(base, variant + 1);
    const own = markers.indexOf(marker);
    return {
      colour,
      marker: variant === 0 ? marker : markers[(own + variant) % markers.length]!,
      dash: dashes[variant % dashes.length]!,
    };
  });
}

/** Vega-Lite configuration of all figures. */
export const vegaConfig = {
  font: fontFamily,
  background: 'white',
  padding: 8,
  view: { stroke: '#888888', strokeWidth: 0.7 },
  title: {
    anchor: 'start',
    fontSize: 10.5,
    fontWeight: 'normal',
    color: '#333333',
    offset: 8,
  },
  axis: {
    labelFontSize: 10,
    titleFontSize: 11,
    titleFontWeight: 'normal',
    labelColor: '#222222',
    titleColor: '#000000',
    grid: true,
    gridColor: '#e6e6e6',
    domainColor: '#888888',
    tickColor: '#888888',
    tickSize: 4,
    titlePadding: 8,
  },
  legend: {
    labelFontSize: 10,
    titleFontSize: 10,
    titleFontWeight: 'normal',
    symbolSize: 60,
    symbolOpacity: 1,
    symbolStrokeWidth: 0, // the dashes of a line would fray the outline of its marker
    labelLimit: 260,
    rowPadding: 3,
  },
  header: { labelFontSize: 11, titleFontSize: 11, titleFontWeight: 'normal', labelPadding: 4 },
  line: { strokeWidth: 1.8 },
  point: { size: 42, filled: true, opacity: 1 },
} as const;

/** Width and height of one panel, in pixels. */
export const panel = { width: 330, height: 220, small: { width: 220, height: 165 } } as const;
