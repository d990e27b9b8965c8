import { isTuned, matchCells } from '../results/cells.ts';
import { deepDifferences, settingText } from '../results/manifest.ts';
import type { MetricStatistics, SummaryRow } from '../results/read.ts';
import type { CellKey } from '../results/schema.ts';
import { welch } from '../results/statistics.ts';
import { describeKey, keyDigits, lambdaText } from '../tables/keys.ts';
import { plannedTrials, type RunResults } from './gate.ts';
import { changeText, meanText, tellingKeys } from './report.ts';

/** What differs between two runs. */
export interface RunDiff {
  /** Config, seed, versions, digests, revision. */
  readonly settings: readonly { readonly what: string; readonly a: unknown; readonly b: unknown }[];
  /** λ that tuning found, where it is not the same. */
  readonly tuned: readonly {
    readonly key: CellKey;
    readonly lambda: 'lambda_enc' | 'lambda_dec';
    readonly a: number | undefined;
    readonly b: number | undefined;
  }[];
  /**
   * Values that are not the same number, those furthest apart first; `failed_trials` is a count of one run and comes before
   * them all.
   */
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
  /** Metrics that only one side has columns for. */
  readonly metricsOnlyA: readonly string[];
  readonly metricsOnlyB: readonly string[];
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
  const planned = [plannedTrials(a), plannedTrials(b)] as const;
  let equal = 0;
  const values = pairs.flatMap(([before, after]) => {
    const [left, right] = [statistics(before, planned[0]), statistics(after, planned[1])];
    return [...left].flatMap(([metric, x]) => {
      const y = right.get(metric);
      if (!y) return [];
      if (Object.is(x.mean, y.mean) && Object.is(x.std, y.std)) {
        if (metric !== failedTrials) equal++;
        return [];
      }
      const sampleOf = ({ mean, sem }: MetricStatistics, n: number) => ({ n, mean, sem: Number.isNaN(sem) ? 0 : sem });
      const { z } = welch(sampleOf(y, after.trials), sampleOf(x, before.trials));
      return [{ key: after.key, metric, a: x, b: y, z: metric === failedTrials ? Number.NaN : z }];
    });
  });
  const [inA, inB] = [measures(a), measures(b)];
  return {
    settings: deepDifferences('', about(a), about(b)).map((entry) => ({ ...entry, what: entry.what.slice(1) })),
    tuned: pairs.flatMap(([{ key: x }, { key }]) =>
      (['lambda_enc', 'lambda_dec'] as const).flatMap((lambda) =>
        x[lambda] === key[lambda] ? [] : [{ key, lambda, a: x[lambda], b: key[lambda] }],
      ),
    ),
    values: values.sort((x, y) => distance(y) - distance(x)),
    onlyA: missing.filter(({ from }) => from === 'run').map(({ key }) => key),
    onlyB: missing.filter(({ from }) => from === 'reference').map(({ key }) => key),
    metricsOnlyA: [...inA].filter((name) => !inB.has(name)),
    metricsOnlyB: [...inB].filter((name) => !inA.has(name)),
    equal,
  };
}

/** How far apart two values are, in standard errors; what has none is furthest. */
function distance({ z }: { readonly z: number }): number {
  return Number.isNaN(z) ? Number.MAX_VALUE : Math.min(Math.abs(z), Number.MAX_VALUE);
}

/** Differences of fewer standard errors are counted and not shown. */
const quiet = 1;

const failedTrials = 'failed_trials';

/** All that a summary says of a cell, by name. */
function statistics({ metrics, trials }: SummaryRow, planned: number) {
  const failed = { mean: Math.max(0, planned - trials), std: Number.NaN, sem: Number.NaN };
  return new Map<string, MetricStatistics>([[failedTrials, failed], ...metrics]);
}

function measures({ rows }: RunResults): Set<string> {
  return new Set(rows.flatMap(({ metrics }) => [...metrics.keys()]));
}

/** The diff side by side, for a terminal. */
export function diffText(diff: RunDiff, names: readonly [string, string]): string {
  // λ of a pair is one of two: it has lines of its own
  const withoutTuned = (key: CellKey) =>
    isTuned(key) ? { ...key, lambda_enc: undefined, lambda_dec: undefined } : key;
  const shown = diff.values.filter((value) => distance(value) >= quiet);
  const cells = [...diff.tuned, ...shown].map(({ key }) => withoutTuned(key));
  const telling = tellingKeys([...cells, ...diff.onlyA, ...diff.onlyB]);
  const digits = keyDigits([...cells, ...diff.onlyA, ...diff.onlyB]);
  const cellText = (key: CellKey) => describeKey(withoutTuned(key), telling, digits);
  const sections = [
    columns([['setting', ...names], ...diff.settings.map(({ what, a, b }) => [what, settingText(a), settingText(b)])]),
    columns([
      ['cell', 'tuned', ...names],
      ...diff.tuned.map(({ key, lambda, a, b }) => [cellText(key), lambda, ...tunedTexts(a, b)]),
    ]),
    columns([
      ['cell', 'metric', ...names, 'change'],
      ...shown.map(({ key, metric, a, b, z }) => [
        cellText(key),
        metric,
        meanText(a),
        meanText(b),
        changeText({ reference: a, run: b, z }),
      ]),
    ]),
    columns([
      ['cell', 'only in'],
      ...diff.onlyA.map((key) => [describeKey(key, telling, digits), names[0]]),
      ...diff.onlyB.map((key) => [describeKey(key, telling, digits), names[1]]),
    ]),
    columns([
      ['metric', 'only in'],
      ...diff.metricsOnlyA.map((name) => [name, names[0]]),
      ...diff.metricsOnlyB.map((name) => [name, names[1]]),
    ]),
  ].filter((lines) => lines.length > 1);
  const hidden = diff.values.length - shown.length;
  const small = hidden > 0 ? ` (${hidden} by less than a standard error, not shown: --json has them)` : '';
  const count = `${diff.values.length} values differ${small}, ${diff.equal} are the same`;
  return `${[...sections.flatMap((lines) => [...lines, '']), count].join('\n')}\n`;
}

/** Two λ, short where that tells them apart. */
function tunedTexts(...pair: (number | undefined)[]): string[] {
  const short = pair.map((lambda) => (lambda === undefined ? settingText(lambda) : lambdaText(lambda)));
  return new Set(short).size === 1 ? pair.map(settingText) : short;
}

/** Rows in aligned columns, two spaces apart. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => [...row[i]!].length)));
  return rows.map((row) =>
    row.map((text, i) => (i === row.length - 1 ? text : text + ' '.repeat(widths[i]! - [...text].length))).join('  '),
  );
}
