import { metricByName } from '../metrics/table.ts';
import { matchCells } from './cells.ts';
import type { RunResults } from './gate.ts';
import { changeText, meanText, tellingKeys, valueText } from './gate-report.ts';
import { deepDifferences } from './manifest.ts';
import type { MetricStatistics } from './read.ts';
import type { CellKey } from './schema.ts';
import { welch } from './statistics.ts';
import { describeKey } from './table.ts';

/** What differs between two runs. */
export interface RunDiff {
  /** Config, seed, versions, digests, revision. */
  readonly settings: readonly { readonly what: string; readonly a: unknown; readonly b: unknown }[];
  /** Values that are not the same number. */
  readonly values: readonly {
    readonly key: CellKey;
    readonly metric: string;
    readonly a: MetricStatistics;
    readonly b: MetricStatistics;
    /** `b - a` in standard errors of two independent runs. */
    readonly z: number;
  }[];
  /** Cells of one side. */
  readonly onlyA: readonly CellKey[];
  readonly onlyB: readonly CellKey[];
  /** Values that are the same. */
  readonly equal: number;
}

/** Compares two runs that need not be the same experiment: cells are matched by what they are, but for the experiment's name. */
export function diffRuns(a: RunResults, b: RunResults): RunDiff {
  const nameless = ({ rows }: RunResults) => rows.map((row) => ({ ...row, key: { ...row.key, experiment: '' } }));
  const { pairs, missing } = matchCells(nameless(a), nameless(b));
  const about = ({ manifest }: RunResults) => ({
    config: manifest.config,
    versions: manifest.versions,
    revision: manifest.revision,
    digests: manifest.digests,
  });
  let equal = 0;
  const values = pairs.flatMap(([before, after]) =>
    [...before.metrics].flatMap(([name, left]) => {
      const right = after.metrics.get(name);
      if (!right) return [];
      if (Object.is(left.mean, right.mean) && Object.is(left.std, right.std)) {
        equal++;
        return [];
      }
      const sampleOf = ({ mean, sem }: MetricStatistics, n: number) => ({ n, mean, sem: Number.isNaN(sem) ? 0 : sem });
      const { z } = welch(sampleOf(right, after.trials), sampleOf(left, before.trials));
      return [{ key: after.key, metric: metricByName(name)!.name, a: left, b: right, z }];
    }),
  );
  return {
    settings: deepDifferences('', about(a), about(b)).map((entry) => ({ ...entry, what: entry.what.slice(1) })),
    values,
    onlyA: missing.filter(({ from }) => from === 'run').map(({ key }) => key),
    onlyB: missing.filter(({ from }) => from === 'reference').map(({ key }) => key),
    equal,
  };
}

/** The diff side by side, for a terminal. */
export function diffText(diff: RunDiff, names: readonly [string, string]): string {
  const keys = [...diff.values.map(({ key }) => key), ...diff.onlyA, ...diff.onlyB];
  const telling = tellingKeys(keys);
  const sections = [
    columns([['setting', ...names], ...diff.settings.map(({ what, a, b }) => [what, valueText(a), valueText(b)])]),
    columns([
      ['cell', 'metric', ...names, 'change'],
      ...diff.values.map(({ key, metric, a, b, z }) => [
        describeKey(key, telling),
        metric,
        meanText(a),
        meanText(b),
        changeText({ reference: a, run: b, z }),
      ]),
    ]),
    columns([
      ['cell', 'only in'],
      ...diff.onlyA.map((key) => [describeKey(key, telling), names[0]]),
      ...diff.onlyB.map((key) => [describeKey(key, telling), names[1]]),
    ]),
  ].filter((lines) => lines.length > 1);
  const count = `${diff.values.length} values differ, ${diff.equal} are the same`;
  return `${[...sections.flatMap((lines) => [...lines, '']), count].join('\n')}\n`;
}

/** Rows in aligned columns, two spaces apart. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => [...row[i]!].length)));
  return rows.map((row) =>
    row.map((text, i) => (i === row.length - 1 ? text : text + ' '.repeat(widths[i]! - [...text].length))).join('  '),
  );
}
