import path from 'node:path';
import { type Manifest, tableOptions } from '../results/manifest.ts';
import { hasFile, madeByTune, readSummary, type SummaryRow } from '../results/read.ts';
import { files, type KeyColumn, numericKeys } from '../results/schema.ts';
import { readPublished } from '../tables/published.ts';
import { heatMap, surfaces } from './heat-map.ts';
import { lineFigure } from './lines.ts';
import { pointFigure } from './points.ts';
import { publishedFigures } from './published.ts';
import type { Figure } from './render.ts';
import { defaultRequests, figureData, keyLabel, metricLabel, parseRequests } from './request.ts';

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
  const flat = rows.filter((row) => !grids.some((grid) => grid.rows.includes(row)));
  const asked = manifest.config.figures as unknown[] | undefined;
  const requests = asked?.length ? parseRequests(asked) : defaultRequests(flat, mse);
  const source = asked?.length ? rows : flat;
  const pictures = requests.flatMap((request) => {
    const data = figureData(source, request);
    if (data.length === 0) onMissing?.(`no figure of ${request.y} against ${request.x}: no cell has ${request.y}`);
    return data;
  });
  return unique([
    ...pictures.map(requestFigure),
    ...grids.map((grid) => surfaceFigure('surface', grid, mse)),
    ...publishedFigures(rows, readPublished()),
    ...tuning,
  ]);
}

function requestFigure(data: ReturnType<typeof figureData>[number]): Figure {
  const { request, part, points } = data;
  const { x, y, by, facet } = request;
  const numeric = (numericKeys as readonly KeyColumn[]).includes(x);
  const parts = Object.entries(part).map(([key, value]) => `${key}=${value}`);
  const trials = [...new Set(points.map(({ row }) => row.trials))].sort((a, b) => a - b);
  const spread = numeric ? 'the band is' : 'the bars are';
  return {
    name: [
      `${y}-against-${x}`,
      ...(by === 'scheme' ? [] : [`by-${by}`]),
      ...(facet ? [`per-${facet}`] : []),
      ...parts,
    ].join('-'),
    caption:
      `${metricLabel(y)} ${x === 'scheme' ? 'by scheme' : `against ${keyLabel(x)}`}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}: mean over ${trials.join(' or ')} trials, ` +
      `${spread} one standard error.`,
    spec: numeric ? lineFigure(data) : pointFigure(data),
  };
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
  metric: Parameters<typeof heatMap>[1],
): Figure {
  const { key } = grid.rows[0]!;
  const on = { tuning: ' on the tuning trials', oracle: ' on the reported trials', surface: '' }[stage];
  return {
    name: `${stage}-${metric}-${grid.scheme}-K=${key.K}-N=${key.N}-S=${key.S ?? ''}`,
    caption: `${metricLabel(metric)} of ${grid.scheme} over λ_enc and λ_dec${on}.`,
    spec: heatMap(grid, metric),
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
