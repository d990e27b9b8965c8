import { borderOf, type Optimum, optimum, surfacesOf } from '../../results/optimum.ts';
import { keyColumns } from '../../results/schema.ts';
import type { CellTrials } from '../../results/summaries.ts';
import { lambdaText } from '../../tables/keys.ts';
import type { ExperimentConfig } from './config.ts';
import type { LossSurface, TuneMode } from './tuning.ts';

/**
 * What people should know of a finished search of λ, a line each: a best λ at an end of its grid, where a better one may lie
 * beyond; trials that failed at the best pair, or kept pairs from being chosen.
 */
export function tuningNotices(config: ExperimentConfig, mode: TuneMode, surface: LossSurface): string[] {
  const tune = config.tune!;
  const groups = surfacesOf(surface.cells);
  const failures = `${mode === 'oracle' ? 'oracle' : 'tuning'}/failures.csv`;
  const found = groups.flatMap((cells) => {
    const best = optimum(cells, tune.metric);
    return best ? [...borders(best, tune), ...failed(best.best, cells, failures)] : [];
  });
  const counts = new Map<string, number>();
  for (const line of found) counts.set(line, (counts.get(line) ?? 0) + 1);
  const { length: conditions } = surface.conditions;
  return [...counts].map(([line, count]) => (conditions > 1 ? `${line} (${count} of ${conditions} conditions)` : line));
}

function borders({ best }: Optimum, tune: NonNullable<ExperimentConfig['tune']>): string[] {
  const grids = { lambda_enc: tune.lambdaEnc, lambda_dec: tune.lambdaDec };
  return (['lambda_enc', 'lambda_dec'] as const).flatMap((column) => {
    const lambda = Number(best.key[keyColumns.indexOf(column)]);
    const border = borderOf(lambda, grids[column]);
    if (!border) return [];
    const { end, from, to, count, zero } = border;
    const grid = `{logspace: [${lambdaText(from)}, ${lambdaText(to)}, ${count}]${zero ? ', zero: true' : ''}}`;
    const name = column === 'lambda_enc' ? 'λ_enc' : 'λ_dec';
    return [`${best.label}: best ${name} = ${lambdaText(lambda)} is the ${end} of the grid: try ${grid}`];
  });
}

function failed(best: CellTrials, cells: readonly CellTrials[], file: string): string[] {
  const ofBest = failures(best);
  const pairs = cells.filter((cell) => failures(cell) > ofBest).length;
  return [
    ...(ofBest > 0
      ? [`${best.label}: the best λ failed in ${ofBest} of ${trialsOf(best)} trials of the search; see ${file}`]
      : []),
    ...(pairs > 0
      ? [
          `${best.label}: ${pairs} of ${cells.length} λ pairs failed in trials of the search and were not chosen from; see ${file}`,
        ]
      : []),
  ];
}

function trialsOf({ values }: CellTrials): number {
  return values.get('agreement')!.length;
}

/** Agreement is defined in every trial that was decoded. */
function failures({ values }: CellTrials): number {
  return values.get('agreement')!.reduce((count, value) => count + (Number.isNaN(value) ? 1 : 0), 0);
}
