import { readdirSync } from 'node:fs';
import path from 'node:path';
import { type Manifest, tableOptions } from '../results/manifest.ts';
import { hasFile, readManifest, readPaired, readSummary, type SummaryRow } from '../results/read.ts';
import { files } from '../results/schema.ts';
import type { Target } from '../tables/recommend.ts';
import { paperTable } from '../tables/table.ts';
import { writeWhole } from '../util/atomic.ts';
import { UserError } from '../util/errors.ts';
import { type Figure, renderPng, renderSvg } from './render.ts';
import { type DrawnFigure, reportHtml } from './report.ts';

/** A finished run whose figures are wanted. */
interface FigureSource {
  readonly folder: string;
  readonly manifest: Manifest;
  /** Rows of `summary.csv`; empty for a run without one. */
  readonly rows: readonly SummaryRow[];
  /** Told of a figure that the config asks for and the run has no numbers for. */
  readonly onMissing: (message: string) => void;
}

/** Says which figures a run has: some are drawn already. */
export type FiguresOf = (
  source: FigureSource,
) => readonly (Figure | DrawnFigure)[] | Promise<readonly (Figure | DrawnFigure)[]>;

export type FigureFormat = 'svg' | 'png' | 'html';

/** The papers' own mark of a run that loses next to nothing. */
const defaultTargets: readonly Target[] = [{ metric: 'relacc', value: 0.99 }];

/**
 * Draws the figures of a run from its files, into `figures/` and `report.html` of its folder.
 * @param figuresOf the figures that a run of its kind has
 * @param targets what the report finds the fewest workers for, where the run sweeps N
 * @param onMissing told of a figure that the config asks for and the run has no numbers for
 * @returns the files written, in order
 * @throws UserError when the folder is no finished run or asks for a figure that cannot be
 */
export async function writeFigures(
  folder: string,
  figuresOf: FiguresOf,
  formats: ReadonlySet<FigureFormat>,
  targets = defaultTargets,
  onMissing: (message: string) => void = () => {},
): Promise<string[]> {
  const manifest = readManifest(folder);
  if (manifest.status === 'running') throw new UserError(`${folder}: is not finished; run it again to go on`);
  const written: string[] = [];
  const write = (name: string, content: string | Uint8Array) => {
    writeWhole(path.join(folder, name), content);
    written.push(path.join(folder, name));
  };
  const rows = hasFile(folder, files.summary) ? readSummary(folder) : [];
  const figures = await drawnFigures(await figuresOf({ folder, manifest, rows, onMissing }));
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

async function drawnFigures(figures: readonly (Figure | DrawnFigure)[]): Promise<DrawnFigure[]> {
  const drawn: DrawnFigure[] = [];
  for (const figure of figures) {
    const { name, caption } = figure;
    drawn.push('svg' in figure ? figure : { name, caption, svg: await renderSvg(figure.spec) });
  }
  return drawn;
}

/** Data files of a run, those of its tuning stages included. */
function linked(folder: string): string[] {
  const own = readdirSync(folder).filter((name) => /\.(csv|json|md|tex|npy)$/.test(name));
  const surfaces = ['tuning', 'oracle'].map((stage) => `${stage}/${files.summary}`);
  return [...own.sort(), ...surfaces.filter((name) => hasFile(folder, name))];
}
