import path from 'node:path';
import { type Manifest, tableOptions } from '../results/manifest.ts';
import { madeByTune, readSummary, type SummaryRow } from '../results/read.ts';
import { hasFile } from '../results/run-files.ts';
import { files } from '../results/schema.ts';
import { readTrialValues } from '../results/trial-values.ts';
import { keyText } from '../tables/keys.ts';
import { pairedOfRun } from '../tables/paired.ts';
import { readPublished } from '../tables/published.ts';
import { countedRange } from '../util/text.ts';
import type { Figure } from './figure.ts';
import { isNumericKey, keyLabel, metricLabel } from './labels.ts';
import { type Style, seriesStyles } from './palette.ts';
import { dotsPicture } from './pictures/dots.ts';
import { heatTable } from './pictures/heat-table.ts';
import { hasDifferences, lambdaPicture } from './pictures/lambda.ts';
import { linePicture } from './pictures/lines.ts';
import { pairedFigures } from './pictures/paired.ts';
import { placesPicture } from './pictures/places.ts';
import { publishedFigures } from './pictures/published.ts';
import { surfacePicture, surfaces } from './pictures/surface.ts';
import { defaultRequests, type FigureData, figureData, parseRequests } from './request.ts';
import type { Line } from './series.ts';

/**
 * The figures of an inference run: those that its config asks for, else the ones its sweep suggests, and its λ surfaces.
 * @param onMissing told of a figure that the config asks for and the run has no numbers for
 */
export function inferenceFigures(
  folder: string,
  manifest: Manifest,
  rows: readonly SummaryRow[],
  onMissing?: (message: string) => void,
): Figure[] {
  const tuning = ['tuning', 'oracle'].flatMap((stage) => tuningFigures(path.join(folder, stage), stage, manifest));
  if (madeByTune(folder, manifest) && tuning.length > 0) return unique(tuning); // the surface is all there is
  const { mse } = tableOptions(manifest);
  const grids = surfaces(rows);
  const inGrid = new Set(grids.flatMap((grid) => grid.rows));
  const flat = rows.filter((row) => !inGrid.has(row));
  const asked = manifest.config.figures as unknown[] | undefined;
  const hasSettings = Array.isArray(manifest.config.settings) && manifest.config.settings.length > 1;
  const requests = asked?.length ? parseRequests(asked) : defaultRequests(flat, mse, hasSettings);
  const source = asked?.length ? rows : flat;
  const pictures = requests.flatMap((request) => {
    const data = figureData(source, request);
    if (data.length === 0) onMissing?.(`no figure of ${request.y} against ${request.x}: no cell has ${request.y}`);
    return data;
  });
  const styles = seriesStyles(rows.map(({ key }) => key.scheme));
  return unique([
    ...pictures.map((data) => requestFigure(data, folder, rows, styles)),
    ...pairedFigures(pairedOfRun(folder), styles),
    ...grids.map((grid) => surfaceFigure('surface', grid, mse)),
    ...publishedFigures(rows, readPublished(), styles),
    ...tuning,
  ]);
}

function requestFigure(
  data: FigureData,
  folder: string,
  all: readonly SummaryRow[],
  schemeStyles: ReadonlyMap<string, Style>,
): Figure {
  const { request, arrangement } = data;
  const { x, y, by, facet } = request;
  const lines = arrangement.panels.flatMap((panel) => panel.lines);
  const rows = lines.flatMap((line) => line.rows);
  const styles = by === 'scheme' ? schemeStyles : seriesStyles(values(all, by), false);
  const parts = Object.entries(arrangement.part).map(([key, value]) => `${key}=${value}`);
  const trials = [...new Set(rows.map((row) => row.trials))].sort((a, b) => a - b);
  const name = [
    `${y}-against-${x}`,
    ...(by === 'scheme' ? [] : [`by-${by}`]),
    ...(facet ? [`per-${facet}`] : []),
    ...parts,
  ].join('-');
  const about = `${metricLabel(y)} ${x === 'scheme' ? 'by scheme' : `against ${keyLabel(x)}`}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}: mean over ${countedRange(trials, 'trial')}`;
  const figure = (picture: Figure['picture'], spread: string) => ({ name, caption: `${about}${spread}.`, picture });
  if (x === 'attack' && by === 'scheme' && !facet) return figure(heatTable(rows, request), '');
  if (x === 'scheme' && by === 'scheme')
    return figure(dotsPicture(rows, y, styles), ', the bars are one standard error');
  if (!isNumericKey(x) || !isMostlyJoined(lines))
    return figure(placesPicture(data, styles), ', the bars are one standard error');
  if (!x.startsWith('lambda')) return figure(linePicture(data, styles), ', the band is one standard error');
  const values0 = readTrialValues(folder, y);
  const beside = hasDifferences(data, values0)
    ? `; beside it the paired difference from ${keyLabel(x)} = 0 with its 95 % interval`
    : '';
  return figure(lambdaPicture(data, styles, values0), `, the band is one standard error${beside}`);
}

/** Whether lines say more than points: a scheme without N of its own may be all that a line could join. */
function isMostlyJoined(lines: readonly Line[]): boolean {
  const free = lines.filter(({ rows, along }) => along.length > 0 && rows.length > 1);
  const joined = lines.filter(({ rows, along }) => along.length === 0 && rows.length > 1);
  return joined.length > free.length;
}

/** Values of a key in order: numbers by size. */
function values(rows: readonly SummaryRow[], key: FigureData['request']['by']): string[] {
  const texts = [...new Set(rows.map((row) => keyText(row.key, key)))];
  return isNumericKey(key) ? texts.sort((a, b) => Number(a) - Number(b)) : texts;
}

/** The surface on which λ was chosen, by the metric it was chosen for. */
function tuningFigures(folder: string, stage: string, manifest: Manifest): Figure[] {
  if (!hasFile(folder, files.summary)) return [];
  const tune = manifest.config.tune as { metric?: 'mse' | 'relacc' } | undefined;
  return surfaces(readSummary(folder)).map((grid) => surfaceFigure(stage, grid, tune?.metric ?? 'mse'));
}

function surfaceFigure(
  stage: string,
  grid: ReturnType<typeof surfaces>[number],
  metric: Parameters<typeof surfacePicture>[1],
): Figure {
  const { key } = grid.rows[0]!;
  const on = { tuning: ' on the tuning trials', oracle: ' on the reported trials', surface: '' }[stage];
  return {
    name: [`${stage}-${metric}-${grid.scheme}-K=${key.K}-N=${key.N}-S=${key.S ?? ''}`, ...grid.apart].join('-'),
    caption: `${metricLabel(metric)} of ${grid.scheme} over λ_enc and λ_dec${on}${grid.apart.map((part) => `, ${part}`).join('')}.`,
    picture: surfacePicture(grid, metric),
  };
}

/** Names that are safe as file names, each once. */
function unique(figures: readonly Figure[]): Figure[] {
  const seen = new Map<string, number>();
  return figures.map((figure) => {
    const safe = figure.name.replace(/[^A-Za-z0-9._=-]+/g, '_');
    const count = (seen.get(safe) ?? 0) + 1;
    seen.set(safe, count);
    return { ...figure, name: count === 1 ? safe : `${safe}-${count}` };
  });
}
