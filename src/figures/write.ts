import { readdirSync } from 'node:fs';
import path from 'node:path';
import { tableOptions } from '../results/manifest.ts';
import { hasFile, readManifest, readPaired, readSummary } from '../results/read.ts';
import { readSamples } from '../results/samples.ts';
import { files } from '../results/schema.ts';
import type { Target } from '../tables/recommend.ts';
import { paperTable } from '../tables/table.ts';
import { writeWhole } from '../util/atomic.ts';
import { UserError } from '../util/errors.ts';
import { type Figure, runFigures } from './choose.ts';
import { contactSheet } from './contact-sheet.ts';
import { renderPng, renderSvg } from './render.ts';
import { type DrawnFigure, reportHtml } from './report.ts';

export type FigureFormat = 'svg' | 'png' | 'html';

/** The papers' own mark of a run that loses next to nothing. */
const defaultTargets: readonly Target[] = [{ metric: 'relacc', value: 0.99 }];

/**
 * Draws the figures of a run from its files, into `figures/` and `report.html` of its folder.
 * @param targets what the report finds the fewest workers for, where the run sweeps N
 * @param onMissing told of a figure that the config asks for and the run has no numbers for
 * @returns the files written, in order
 * @throws UserError when the folder is no finished run or asks for a figure that cannot be
 */
export async function writeFigures(
  folder: string,
  formats: ReadonlySet<FigureFormat>,
  targets = defaultTargets,
  onMissing?: (message: string) => void,
): Promise<string[]> {
  const manifest = readManifest(folder);
  if (manifest.status === 'running') throw new UserError(`${folder}: is not finished; run it again to go on`);
  const written: string[] = [];
  const write = (name: string, content: string | Uint8Array) => {
    writeWhole(path.join(folder, name), content);
    written.push(path.join(folder, name));
  };
  const samples = manifest.config.kind === 'samples';
  const rows = samples ? [] : readSummary(folder);
  const figures = samples
    ? [await sampleFigure(folder)]
    : await drawnFigures(runFigures(folder, manifest, rows, onMissing));
  for (const { name, svg } of figures) {
    if (formats.has('svg')) write(path.join(files.figures, `${name}.svg`), svg);
    if (formats.has('png')) write(path.join(files.figures, `${name}.png`), await renderPng(svg));
  }
  if (formats.has('html')) {
    const paired = hasFile(folder, files.paired) ? readPaired(folder) : [];
    const table = paperTable(rows, tableOptions(manifest));
    write(files.report, reportHtml({ manifest, rows, table, paired, figures, files: linked(folder), targets }));
  }
  return written;
}

async function drawnFigures(figures: readonly Figure[]): Promise<DrawnFigure[]> {
  const drawn: DrawnFigure[] = [];
  for (const { name, caption, spec } of figures) {
    drawn.push({ name, caption, svg: await renderSvg(spec) });
  }
  return drawn;
}

/** The one figure of a run of `kind: samples`. */
async function sampleFigure(folder: string): Promise<DrawnFigure> {
  const caption = 'The queries and what each scheme sends to its workers, clipped to the range of an image.';
  return { name: 'samples', caption, svg: await contactSheet(readSamples(folder)) };
}

/** Data files of a run, those of its tuning stages included. */
function linked(folder: string): string[] {
  const own = readdirSync(folder).filter((name) => /\.(csv|json|md|tex|npy)$/.test(name));
  const surfaces = ['tuning', 'oracle'].map((stage) => `${stage}/${files.summary}`);
  return [...own.sort(), ...surfaces.filter((name) => hasFile(folder, name))];
}
