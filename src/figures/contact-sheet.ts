import type { Manifest } from '../results/manifest.ts';
import type { SampleSet, Samples } from '../results/samples.ts';
import { UserError } from '../util/errors.ts';
import type { OwnFigure } from './figure.ts';
import { lambdaText } from './labels.ts';
import { svgDocument } from './plot/draw.ts';
import type { Sheet } from './plot/sheet.ts';
import { coordinate as c, svgText } from './plot/text.ts';

/** Frames of the pairs: the workers whose images differ most between the first and the last scheme. */
const pairColours = ['#b33009', '#137fe6', '#0e6646', '#cb8100'];

/**
 * What each scheme sends to its workers (NeRCC, figure A.3): `samples`, some workers with a row a scheme, the difference of
 * the first and the last scheme below, and the same worker in the same frame where it is largest; and `samples-all`.
 * A coded image may leave [0, 1]; it is shown clipped, as a camera would. Of a difference, grey is 0.
 * @throws UserError when the points are no images of one or three channels
 */
export function sampleFigures(samples: Samples, manifest: Manifest): OwnFigure[] {
  const image = imageShape(samples.shape);
  const batches = batchesOf(samples.sets);
  const names = schemeNames(manifest);
  const figures: OwnFigure[] = [];
  for (const [i, { queries, coded }] of batches.entries()) {
    const suffix = batches.length > 1 ? `-${i + 1}` : '';
    if (coded.length > 0) {
      figures.push({
        name: `samples${suffix}`,
        caption:
          `${queries.label} and what some of the workers get, clipped to the range of an image. A column is a worker` +
          `${coded.length > 1 ? '; in a frame of one colour stands one worker, below it the difference of the first and the last scheme (grey is 0)' : ''}.`,
        draw: (sheet) => pairedSheet(queries, coded, names, image, sheet),
      });
    }
    figures.push({
      name: `samples-all${suffix}`,
      caption: 'The queries and what each scheme sends to its workers, clipped to the range of an image.',
      draw: (sheet) => wholeSheet([queries, ...coded], names, image, sheet),
    });
  }
  return figures;
}

interface ImageShape {
  readonly channels: 1 | 3;
  readonly height: number;
  readonly width: number;
}

function imageShape(shape: readonly number[]): ImageShape {
  const [channels, height, width] = shape;
  if (!height || !width || (channels !== 1 && channels !== 3)) {
    throw new UserError(`samples of shape [${shape}] cannot be drawn: they are no images [1 or 3, height, width]`);
  }
  return { channels, height, width };
}

/** Queries with the coded points of each scheme; each K has its own. */
function batchesOf(sets: readonly SampleSet[]): { queries: SampleSet; coded: SampleSet[] }[] {
  const batches: { queries: SampleSet; coded: SampleSet[] }[] = [];
  for (const set of sets) {
    const last = batches.at(-1);
    if (!last || / queries$/.test(set.label)) batches.push({ queries: set, coded: [] });
    else last.coded.push(set);
  }
  return batches;
}

/** What a row is called: the scheme and its λ_enc where it has one. */
function schemeNames({ config }: Manifest): ReadonlyMap<string, string> {
  const schemes = (Array.isArray(config.schemes) ? config.schemes : []) as Readonly<Record<string, unknown>>[];
  return new Map(
    schemes.flatMap(({ label, lambdaEnc, options }) => {
      const written = lambdaEnc ?? (options as Readonly<Record<string, unknown>> | undefined)?.lambdaEnc;
      const values = (Array.isArray(written) ? written : [written]).filter((value) => typeof value === 'number');
      if (typeof label !== 'string' || values.length === 0) return [];
      return [[label, `${label}, λ_enc = ${values.map(lambdaText).join(', ')}`] as const];
    }),
  );
}

/** `BACC: 60 coded points` without the count; several schemes may share an encoder. */
function rowName(label: string, names: ReadonlyMap<string, string>): string {
  const schemes = label.replace(/: \d+ coded points$/, '');
  return schemes
    .split(', ')
    .map((name) => names.get(name) ?? name)
    .join('; ');
}

interface Row {
  readonly name: string;
  readonly pixels: (column: number) => Float32Array | undefined;
  readonly framed: boolean;
}

async function pairedSheet(
  queries: SampleSet,
  coded: readonly SampleSet[],
  names: ReadonlyMap<string, string>,
  image: ImageShape,
  sheet: Sheet,
): Promise<string> {
  const size = image.channels * image.height * image.width;
  const count = Math.min(...coded.map(({ points }) => points.length / size));
  const width = sheet.width ?? 720;
  const columns = Math.min(count, sheet.width === undefined ? 16 : Math.max(8, Math.floor(width / 27)));
  const workers = Array.from({ length: columns }, (_, i) => Math.round((i * (count - 1)) / Math.max(1, columns - 1)));
  const tileOf = ({ points }: SampleSet, index: number) =>
    index * size < points.length ? points.subarray(index * size, (index + 1) * size) : undefined;
  const [first, last] = [coded[0]!, coded.at(-1)!];
  const difference = (worker: number) => tileOf(first, worker)!.map((value, i) => value - tileOf(last, worker)![i]!);
  const sizeOf = (worker: number) => difference(worker).reduce((sum, value) => sum + value * value, 0);
  const pairs =
    coded.length > 1 ? [...workers].sort((a, b) => sizeOf(b) - sizeOf(a)).slice(0, Math.min(4, columns - 1)) : [];
  const short = (set: SampleSet) => set.label.replace(/: \d+ coded points$/, '').split(', ')[0]!;
  const rows: Row[] = [
    { name: queries.label, pixels: (column) => tileOf(queries, column), framed: false },
    ...coded.map((set) => ({
      name: rowName(set.label, names),
      pixels: (column: number) => tileOf(set, workers[column]!),
      framed: true,
    })),
    ...(coded.length > 1
      ? [
          {
            name: `${short(first)} − ${short(last)}`,
            pixels: (column: number) => difference(workers[column]!).map((value) => 0.5 + value / 2),
            framed: true,
          },
        ]
      : []),
  ];
  const frames = workers.map((worker) => {
    const place = [...pairs].sort((a, b) => a - b).indexOf(worker);
    return place < 0 ? undefined : pairColours[place];
  });
  return sheetSvg(rows, columns, frames, image, sheet, width);
}

/** Every image, in rows of 20. */
async function wholeSheet(
  sets: readonly SampleSet[],
  names: ReadonlyMap<string, string>,
  image: ImageShape,
  sheet: Sheet,
): Promise<string> {
  const size = image.channels * image.height * image.width;
  const columns = 20;
  const rows = sets.flatMap(({ label, points }) => {
    const count = points.length / size;
    return Array.from(
      { length: Math.ceil(count / columns) },
      (_, row): Row => ({
        name: row === 0 ? rowName(label, names) : '',
        pixels: (column) => {
          const index = row * columns + column;
          return index < count ? points.subarray(index * size, (index + 1) * size) : undefined;
        },
        framed: false,
      }),
    );
  });
  return sheetSvg(rows, columns, [], image, sheet, sheet.width ?? 720);
}

async function sheetSvg(
  rows: readonly Row[],
  columns: number,
  frames: readonly (string | undefined)[],
  image: ImageShape,
  sheet: Sheet,
  width: number,
): Promise<string> {
  const { tick } = sheet.text;
  const gap = 0.28 * tick;
  const tile = (width - 2) / columns - gap;
  const tall = (tile * image.height) / image.width;
  let top = 0;
  const parts: string[] = [];
  for (const row of rows) {
    if (row.name) {
      parts.push(svgText(1, top + 1.25 * tick, row.name, { size: tick }));
      top += 1.7 * tick;
    }
    for (let column = 0; column < columns; column++) {
      const pixels = row.pixels(column);
      if (!pixels) continue;
      const x = 1 + column * (tile + gap);
      const place = `x="${c(x)}" y="${c(top)}" width="${c(tile)}" height="${c(tall)}"`;
      parts.push(`<image ${place} xlink:href="data:image/png;base64,${await png(pixels, image)}"/>`);
      const frame = row.framed ? frames[column] : undefined;
      if (frame) parts.push(`<rect ${place} fill="none" stroke="${frame}" stroke-width="${c(sheet.line * 1.3)}"/>`);
    }
    top += tall + gap;
  }
  return svgDocument(width, Math.ceil(top + 1), sheet, parts.join(''));
}

/** Fewest pixels across a printed image: viewers smooth what has fewer. */
const fewestPixels = 84;

/** An image as PNG in base64, its pixels as squares. */
async function png(pixels: Float32Array, { channels, height, width }: ImageShape): Promise<string> {
  const { default: sharp } = await import('sharp');
  const bytes = Buffer.alloc(pixels.length);
  for (let channel = 0; channel < channels; channel++) {
    for (let i = 0; i < height * width; i++) {
      const value = pixels[channel * height * width + i]!;
      bytes[i * channels + channel] = Math.round(255 * Math.min(1, Math.max(0, value)));
    }
  }
  const factor = Math.max(1, Math.ceil(fewestPixels / width));
  const enlarged = sharp(bytes, { raw: { width, height, channels } }).resize(width * factor, height * factor, {
    kernel: 'nearest',
  });
  const grey = channels === 1 ? enlarged.toColourspace('b-w') : enlarged;
  return (await grey.png({ compressionLevel: 9 }).toBuffer()).toString('base64');
}
