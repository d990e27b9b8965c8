import type { SampleSet, Samples } from '../results/samples.ts';
import { UserError } from '../util/errors.ts';
import { fontFamily } from './theme.ts';

const columns = 20;
const gap = 2;
const titleHeight = 22;

/**
 * Images beside each other, a block a set: the queries, then what each scheme makes of them (NeRCC, figure A.3).
 * A coded image may leave [0, 1]; it is shown clipped, as a camera would.
 * @throws UserError when the points are no images of one or three channels
 * @returns SVG text that holds its images
 */
export async function contactSheet({ shape, sets }: Samples): Promise<string> {
  const [channels, height, width] = shape;
  if (!height || !width || (channels !== 1 && channels !== 3)) {
    throw new UserError(`samples of shape [${shape}] cannot be drawn: they are no images [1 or 3, height, width]`);
  }
  const tile = Math.max(32, Math.min(width, 96));
  const blocks: string[] = [];
  let top = 0;
  for (const set of sets) {
    const count = set.points.length / (channels * height * width);
    const rows = Math.ceil(count / columns);
    const picture = await blockPicture(set, channels, height, width, count, rows);
    const [w, h] = [columns * (tile + gap), rows * (tile + gap)];
    blocks.push(
      `<text x="0" y="${top + 15}" font-family="${fontFamily}" font-size="12" fill="#222">${escapeXml(set.label)}</text>`,
      `<image x="0" y="${top + titleHeight}" width="${w}" height="${h}" preserveAspectRatio="none" href="data:image/png;base64,${picture}"><title>${escapeXml(set.label)}</title></image>`,
    );
    top += titleHeight + h + 10;
  }
  const w = columns * (tile + gap);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${top}" viewBox="0 0 ${w} ${top}"><rect width="100%" height="100%" fill="white"/>${blocks.join('')}</svg>\n`;
}

/** The images of a set as one PNG in base64, `columns` a row. */
async function blockPicture(
  { points }: SampleSet,
  channels: number,
  height: number,
  width: number,
  count: number,
  rows: number,
): Promise<string> {
  const { default: sharp } = await import('sharp');
  const margin = Math.max(1, Math.round((gap * width) / 32));
  const [cellWidth, cellHeight] = [width + margin, height + margin];
  const pixels = Buffer.alloc(columns * cellWidth * rows * cellHeight * channels, 255);
  for (let image = 0; image < count; image++) {
    const [x0, y0] = [(image % columns) * cellWidth, Math.floor(image / columns) * cellHeight];
    for (let channel = 0; channel < channels; channel++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const value = points[((image * channels + channel) * height + y) * width + x]!;
          const at = ((y0 + y) * columns * cellWidth + x0 + x) * channels + channel;
          pixels[at] = Math.round(255 * Math.min(1, Math.max(0, value)));
        }
      }
    }
  }
  const raw = { width: columns * cellWidth, height: rows * cellHeight, channels: channels as 1 | 3 };
  return (await sharp(pixels, { raw }).png({ compressionLevel: 9 }).toBuffer()).toString('base64');
}

function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');
}
