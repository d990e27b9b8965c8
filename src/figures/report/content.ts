import { readdirSync } from 'node:fs';
import path from 'node:path';
import { type MetricName, metrics } from '../../metrics/table.ts';
import { type Manifest, tableOptions } from '../../results/manifest.ts';
import { readFailures, readPaired, readSummary, type SummaryRow } from '../../results/read.ts';
import { hasFile } from '../../results/run-files.ts';
import { readSamples } from '../../results/samples.ts';
import { files } from '../../results/schema.ts';
import { readTrialValues } from '../../results/trial-values.ts';
import { paperTable } from '../../tables/table.ts';
import { shellWord } from '../../util/text.ts';
import { surfaces } from '../pictures/surface.ts';
import type { ReportContent } from './page.ts';

/** Metrics whose single trials the page holds, the table's first ones. */
const mostMetrics = 3;

/** All that the report of a run shows but for its figures, from the files of its folder. */
export function reportContent(
  folder: string,
  manifest: Manifest,
  rows: readonly SummaryRow[],
): Omit<ReportContent, 'figures' | 'targets' | 'beside' | 'views'> {
  const table = paperTable(rows, tableOptions(manifest));
  const names = table.metrics.flatMap(({ name }): MetricName[] => metrics.names.filter((known) => known === name));
  const values = new Map(
    names.slice(0, mostMetrics).flatMap((name) => {
      const found = readTrialValues(folder, name);
      return found ? [[name, found] as const] : [];
    }),
  );
  const tuning = ['tuning', 'oracle']
    .map((stage) => path.join(folder, stage))
    .filter((at) => hasFile(at, files.summary));
  const own = surfaces(rows);
  const tune = manifest.config.tune as { metric?: MetricName } | undefined;
  return {
    manifest,
    rows,
    table,
    paired: hasFile(folder, files.paired) ? readPaired(folder) : [],
    failures: hasFile(folder, files.failures) ? readFailures(folder) : [],
    values,
    surfaces: own.length > 0 ? own : tuning.flatMap((at) => surfaces(readSummary(at))),
    tunedFor: tune?.metric ?? tableOptions(manifest).mse,
    samples: hasFile(folder, files.samples) ? readSamples(folder) : undefined,
    folder: commandName(folder),
    files: linked(folder),
  };
}

/** A folder as a command run from here names it; of one elsewhere its last part, since a page may be sent on. */
function commandName(folder: string): string {
  const relative = path.relative('', folder);
  const name =
    relative === '' || relative.startsWith('..') || path.isAbsolute(relative)
      ? path.basename(path.resolve(folder))
      : relative;
  return shellWord(name);
}

/** Data files of a run, those of its tuning stages included. */
function linked(folder: string): string[] {
  const own = readdirSync(folder).filter((name) => /\.(csv|json|md|tex|npy)$/.test(name));
  const stages = ['tuning', 'oracle'].map((stage) => `${stage}/${files.summary}`);
  return [...own.sort(), ...stages.filter((name) => hasFile(folder, name))];
}
