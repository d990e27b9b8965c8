import type { Samples } from '../../results/samples.ts';
import { dataElement, interactive, section } from './html.ts';

/** Bytes of pixels that a page may hold. */
const mostBytes = 300_000;

/**
 * What each worker gets, scheme by scheme, and the difference of the first and the last: a slider over the workers. Nothing
 * where the points are no images; without scripts the sheet of images among the figures shows them.
 */
export function imagesSection(samples: Samples | undefined): string {
  const [channels, height, width] = samples?.shape ?? [];
  const coded = (samples?.sets ?? []).filter(({ label }) => /: \d+ coded points$/.test(label));
  if (coded.length === 0 || !height || !width || (channels !== 1 && channels !== 3)) return '';
  const size = channels * height * width;
  const sets = coded.filter(({ points }) => points.length === coded[0]!.points.length);
  const count = sets[0]!.points.length / size;
  const shown = Math.min(count, Math.floor(mostBytes / (size * sets.length)));
  if (shown < 2) return '';
  const workers = Array.from({ length: shown }, (_, i) => Math.round((i * (count - 1)) / (shown - 1)));
  const pixels = sets.map(({ label, points }) => {
    const bytes = Buffer.alloc(shown * size);
    workers.forEach((worker, i) => {
      for (let at = 0; at < size; at++) {
        const value = points[worker * size + at]!;
        bytes[i * size + at] = Math.round(255 * Math.min(1, Math.max(0, value)));
      }
    });
    return { label: label.replace(/: \d+ coded points$/, ''), bytes: bytes.toString('base64') };
  });
  const data = { channels, height, width, workers: workers.map((worker) => worker + 1), sets: pixels };
  const note =
    '<p class="note">Images are clipped to their range; of the difference, grey is 0. Without scripts: the sheet among the figures.</p>';
  return section(
    'images',
    'Coded images',
    `${interactive('image-slider', '')}${note}${dataElement('image-data', data)}`,
  );
}
