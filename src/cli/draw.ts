import type { FormatName } from '../figures/render/formats.ts';
import { type FigureOptions, writeFigures } from '../figures/write.ts';
import { kindOf } from '../kinds/registry.ts';
import { readManifest } from '../results/read.ts';

/**
 * Draws the figures that a run of its kind has.
 * @returns the files written, in order
 * @throws UserError as `writeFigures`
 */
export async function drawRun(
  folder: string,
  formats: ReadonlySet<FormatName>,
  options?: FigureOptions,
): Promise<string[]> {
  const kind = await kindOf(readManifest(folder).config);
  return writeFigures(folder, kind.figures, formats, options);
}
