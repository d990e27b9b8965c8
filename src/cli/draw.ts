import { type FigureFormat, writeFigures } from '../figures/write.ts';
import { kindOf } from '../kinds/registry.ts';
import { readManifest } from '../results/read.ts';
import type { Target } from '../tables/recommend.ts';

/**
 * Draws the figures that a run of its kind has.
 * @returns the files written, in order
 * @throws UserError as `writeFigures`
 */
export async function drawRun(
  folder: string,
  formats: ReadonlySet<FigureFormat>,
  targets?: readonly Target[],
  onMissing?: (message: string) => void,
): Promise<string[]> {
  const kind = await kindOf(readManifest(folder).config);
  return writeFigures(folder, kind.figures, formats, targets, onMissing);
}
