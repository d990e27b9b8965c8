import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Manifest } from '../results/manifest.ts';
import { damageOf, readManifest, readResults, type SummaryRow } from '../results/read.ts';
import { hasFile } from '../results/run-files.ts';
import { files } from '../results/schema.ts';
import type { Target } from '../tables/recommend.ts';
import type { TrialView } from '../tables/trial.ts';
import { writeWhole } from '../util/atomic.ts';
import { UserError } from '../util/errors.ts';
import type { Figure, OwnFigure } from './figure.ts';
import { drawPicture } from './plot/draw.ts';
import { type Sheet, screen } from './plot/sheet.ts';
import { type FormatName, figureFormats } from './render/formats.ts';
import { reportContent } from './report/content.ts';
import { type DrawnFigure, reportHtml } from './report/page.ts';

/** A finished run whose figures are wanted. */
export interface FigureSource {
  readonly folder: string;
  readonly manifest: Manifest;
  /** Rows of `summary.csv`; empty for a run without one. */
  readonly rows: readonly SummaryRow[];
  /** Told of a figure that the config asks for and the run has no numbers for. */
  readonly onMissing: (message: string) => void;
}

/** Says which figures a run of some kind has. */
export type FiguresOf = (source: FigureSource) => readonly (Figure | OwnFigure)[];

/** The papers' own mark of a run that loses next to nothing. */
const defaultTargets: readonly Target[] = [{ metric: 'relacc', value: 0.99 }];

export interface FigureOptions {
  /** What the report finds the fewest workers for, where the run sweeps N. */
  readonly targets?: readonly Target[] | undefined;
  /** What the figures are for; the report page always has those for a screen. */
  readonly sheet?: Sheet | undefined;
  /** Folder of a second run that the report lays over this one. */
  readonly beside?: string | undefined;
  /** Trials that the report shows one by one. */
  readonly views?: readonly TrialView[] | undefined;
  /** Whether a report page that shows single trials of these results is left as it is: this one would show none. */
  readonly keepsTrials?: boolean;
  /** Told of a figure that the config asks for and the run has no numbers for, and of files that are not the run's own. */
  readonly say?: (message: string) => void;
}

/**
 * Draws the figures of a run from its files, into `figures/` and `report.html` of its folder.
 * @param figuresOf the figures that a run of its kind has
 * @returns the files written, in order
 * @throws UserError when the folder is no finished run or asks for a figure that cannot be
 */
export async function writeFigures(
  folder: string,
  figuresOf: FiguresOf,
  formats: ReadonlySet<FormatName>,
  {
    targets = defaultTargets,
    sheet = screen,
    beside,
    views = [],
    keepsTrials = false,
    say = () => {},
  }: FigureOptions = {},
): Promise<string[]> {
  const { manifest, rows } = runOf(folder, say);
  const figures = figuresOf({ folder, manifest, rows, onMissing: (message) => say(`${folder}: ${message}`) });
  const written: string[] = [];
  const write = (name: string, content: string | Uint8Array) => {
    writeWhole(path.join(folder, name), content);
    written.push(path.join(folder, name));
  };
  for (const { name, svg } of await drawnOn(sheet, figures)) {
    for (const format of figureFormats) {
      if (formats.has(format.name)) write(path.join(files.figures, `${name}.${format.name}`), await format.render(svg));
    }
  }
  if (formats.has('html') && keepsTrials && showsTrials(folder))
    say(`${path.join(folder, files.report)} shows single trials and is kept; "approxifer report" writes it anew`);
  else if (formats.has('html')) {
    const drawn = await drawnOn(screen, figures);
    const other =
      beside === undefined ? undefined : { name: path.basename(path.resolve(beside)), ...runOf(beside, say) };
    write(
      files.report,
      reportHtml({ ...reportContent(folder, manifest, rows), figures: drawn, targets, beside: other, views }),
    );
  }
  return written;
}

/** Whether a folder's page is of the results that are there, and has trials in it. */
function showsTrials(folder: string): boolean {
  const [page, manifest] = [files.report, files.manifest].map((name) => path.join(folder, name)) as [string, string];
  if (!hasFile(folder, files.report) || statSync(page).mtimeMs < statSync(manifest).mtimeMs) return false;
  return readFileSync(page, 'utf8').includes('id="trial-view-data"');
}

/** Manifest and cells of a finished run. */
function runOf(folder: string, say: (message: string) => void): { manifest: Manifest; rows: readonly SummaryRow[] } {
  const manifest = readManifest(folder);
  if (manifest.status === 'running') throw new UserError(`${folder}: is not finished; run it again to go on`);
  const { rows, changed } = hasFile(folder, files.summary) ? readResults(folder) : { rows: [] };
  // figures and page show more than the summary: trials, latencies, iterations, samples
  const damage = changed ?? damageOf(folder, manifest);
  if (damage) say(damage);
  return { manifest, rows };
}

function drawnOn(sheet: Sheet, figures: readonly (Figure | OwnFigure)[]): Promise<DrawnFigure[]> {
  return Promise.all(
    figures.map(async (figure) => ({
      name: figure.name,
      caption: figure.caption,
      svg: 'picture' in figure ? drawPicture(figure.picture, sheet) : await figure.draw(sheet),
    })),
  );
}
