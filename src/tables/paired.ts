import { isOverSomeQueries, type MeasuredName, measuredByName, measuredNames } from '../metrics/measured.ts';
import { tableOptions } from '../results/manifest.ts';
import { fewestCarriers } from '../results/ratio.ts';
import {
  type PairedRow,
  type PairedSide,
  readManifest,
  readPaired,
  readSummary,
  type SummaryRow,
} from '../results/read.ts';
import { hasFile } from '../results/run-files.ts';
import { type CellKey, files, type KeyColumn, keyColumns, type SideKey, sideKeys } from '../results/schema.ts';
import { UserError } from '../util/errors.ts';
import { groupBy } from '../util/group.ts';
import { shellWord } from '../util/text.ts';
import { intervalText, plainHeading } from './cells.ts';
import { keyDigits, keyText, readableKey } from './keys.ts';
import { queriesOf } from './queries.ts';
import { paperTable } from './table.ts';

/** Paired differences as people read them: `BACC − NeRCC0 = 8.85 [7.23, 10.47]`. */

/**
 * What a difference says at its 95 % interval. `untold`: the trials do not tell the two apart. `unlike`: each side is over
 * queries of its own, such as those it lost, and the difference says nothing of who is better.
 */
type Verdict = 'a' | 'b' | 'untold' | 'unlike';

/** The difference of a cell from the reference in one metric. */
export interface PairedLine {
  /** Such as `S = 15`; empty where the run has one condition. */
  readonly condition: string;
  readonly metric: MeasuredName;
  /** The sides by the names that tell them apart: `a − b`. */
  readonly a: string;
  readonly b: string;
  readonly row: PairedRow;
  readonly verdict: Verdict;
}

/** Conditions that may differ within a run. */
const conditionKeys: readonly KeyColumn[] = ['model', 'dataset', 'output', 'K', 'N', 'S', 'E', 'stragglers', 'attack'];

/**
 * The differences from a reference scheme, reference first, in the order of `paired.csv`.
 * @param metrics which ones, in this order
 * @param cells the summary of the run, which says over which queries a cell is
 * @param reference a scheme; without one the scheme that stands first
 * @throws UserError when no difference has that scheme on a side
 */
export function pairedLines(
  rows: readonly PairedRow[],
  metrics: readonly MeasuredName[],
  cells: readonly SummaryRow[] = [],
  reference?: string,
): PairedLine[] {
  const first = reference ?? rows[0]?.a.scheme;
  const firstSide = rows.find(({ a }) => a.scheme === first)?.a;
  const isFirst = (side: PairedSide) => sideKeys.every((column) => side[column] === firstSide?.[column]);
  if (reference !== undefined && !rows.some(({ a, b }) => a.scheme === reference || b.scheme === reference)) {
    const schemes = [...new Set(rows.flatMap(({ a, b }) => [a.scheme, b.scheme]))];
    throw new UserError(`no paired difference has the scheme "${reference}"; schemes: ${schemes.join(', ')}`);
  }
  const between = rows.filter(({ a, b }) => a.scheme !== b.scheme);
  const ofReference = between.filter(({ a, b }) => a.scheme === first || b.scheme === first);
  const chosen = ofReference.length > 0 ? ofReference : rows.filter(({ a }) => a.scheme === first && isFirst(a));
  const varying = conditionKeys.filter((column) => new Set(rows.map(({ key }) => keyText(key, column))).size > 1);
  const name = sideNames(chosen);
  const isAlike = alikeIn(cells);
  return metrics.flatMap((metric) =>
    chosen
      .filter((row) => row.metric === metric)
      .map((row) => (row.a.scheme === first ? row : turned(row)))
      .map((row) => ({
        condition: varying
          .filter((column) => keyText(row.key, column) !== '')
          .map((column) => `${column} = ${keyText(row.key, column)}`)
          .join(', '),
        metric,
        a: name(row.a),
        b: name(row.b),
        row,
        verdict: isAlike(row) ? verdictOf(row) : 'unlike',
      })),
  );
}

/** `b - a` of `a - b`. */
function turned(row: PairedRow): PairedRow {
  return { ...row, a: row.b, b: row.a, mean: -row.mean, low: -row.high, high: -row.low };
}

/** Whether both sides of a difference are over the same queries. What no summary tells is not taken to be so. */
function alikeIn(cells: readonly SummaryRow[]): (row: PairedRow) => boolean {
  const name = (key: CellKey) => JSON.stringify(keyColumns.map((column) => keyText(key, column)));
  const ofCells = new Map(cells.map((cell) => [name(cell.key), queriesOf(cell)]));
  return ({ key, a, b, metric }) => {
    if (!isMeasured(metric) || !isOverSomeQueries(measuredByName(metric))) return true;
    const [one, other] = [a, b].map((side) => ofCells.get(name({ ...key, ...side })));
    return one !== undefined && one === other;
  };
}

/** Which side is better, where the interval leaves 0 out: not from a few trials, where it covers less than it says. */
function verdictOf({ metric, low, high, trials }: PairedRow): Verdict {
  const better = isMeasured(metric) ? measuredByName(metric).better : 'none';
  if (better === 'none' || trials < fewestCarriers || !(low > 0 || high < 0)) return 'untold';
  return low > 0 === (better === 'higher') ? 'a' : 'b';
}

function isMeasured(name: string): name is MeasuredName {
  return (measuredNames as readonly string[]).includes(name);
}

function isSideKey(column: KeyColumn): column is SideKey {
  return (sideKeys as readonly string[]).includes(column);
}

/** How the sides of differences are called: by their scheme, and by λ, N and options where it has several under one condition. */
function sideNames(rows: readonly PairedRow[]): (side: PairedSide) => string {
  const columns = keyColumns.filter((column) => column !== 'scheme');
  const condition = ({ key }: PairedRow) => JSON.stringify(columns.map((column) => !isSideKey(column) && key[column]));
  const sides = rows.flatMap((row) =>
    [row.a, row.b].map((side) => ({ side, where: `${condition(row)} ${side.scheme}` })),
  );
  const several = (column: SideKey) =>
    rows.some(({ a, b }) => a[column] !== b[column])
      ? [...groupBy(sides, ({ where }) => where).values()]
          .filter((of) => new Set(of.map(({ side }) => side[column])).size > 1)
          .map((of) => of[0]!.side.scheme)
      : [];
  const tellingSchemes = sideKeys.map((column) => [column, new Set(several(column))] as const);
  const telling = (scheme: string) =>
    tellingSchemes.flatMap(([column, schemes]) => (schemes.has(scheme) ? [column] : []));
  const digits = keyDigits(rows.flatMap(({ a, b }) => [a, b]));
  return (side) => {
    const details = telling(side.scheme).map(
      (column) => `${column}=${readableKey(column, String(side[column] ?? ''), digits)}`,
    );
    return [side.scheme, ...details].join(' ');
  };
}

/** What a verdict says in words. */
export function verdictText({ verdict, a, b, row }: Pick<PairedLine, 'verdict' | 'a' | 'b' | 'row'>): string {
  if (verdict === 'unlike') return 'no verdict: not over the same queries';
  if (verdict !== 'untold') return `${verdict === 'a' ? a : b} is better`;
  if (row.trials < 2) return 'not told apart: one trial has no interval';
  return `not told apart${row.trials < fewestCarriers ? `: fewer than ${fewestCarriers} trials` : ''}`;
}

/** Differences that are printed in full after a run. */
const mostLines = 24;

/**
 * Differences as lines of text, aligned; empty for none.
 * @param folder of the run: for the commands that print more
 * @param most how many lines at most; what is left out is counted
 */
export function pairedText(lines: readonly PairedLine[], folder: string, most = mostLines): string {
  if (lines.length === 0) return '';
  const shown = lines.slice(0, most);
  const trials = [...new Set(lines.map(({ row }) => row.trials))].sort((a, b) => a - b);
  const parts = shown.map((line) => [
    plainHeading(measuredByName(line.metric)),
    line.condition,
    `${line.a} − ${line.b}`,
    `= ${intervalText(line.row)}`,
    verdictText(line) + fewerText(line, trials.at(-1)!),
  ]);
  const widths = parts[0]!.map((_, i) => Math.max(...parts.map((part) => [...part[i]!].length)));
  const padded = parts.map((part) =>
    part
      .map((text, i) => text + ' '.repeat(widths[i]! - [...text].length))
      .filter((_, i) => widths[i]! > 0)
      .join('  ')
      .trimEnd(),
  );
  const left = lines.length - shown.length;
  const command = `approxifer table ${shellWord(folder)} --paired`;
  return [
    `Paired differences over ${sameTrials(trials)}, with the 95 % interval of each:`,
    ...padded,
    ...(left > 0 ? [`and ${left} more: ${command}`] : []),
    // of two schemes there is one difference
    ...(new Set(lines.map(({ b }) => b)).size > 1 ? [`from another scheme: ${command} --reference <scheme>`] : []),
    '',
  ].join('\n');
}

/** `the same 100 trials`, of numbers of trials in ascending order. */
export function sameTrials(trials: readonly number[]): string {
  const [fewest, most] = [trials[0]!, trials.at(-1)!];
  if (most === 1) return 'one trial';
  return `the same ${fewest < most ? `${fewest} to ${most}` : most} trials`;
}

/** Said of a difference that fewer trials have than others. */
function fewerText({ row: { trials } }: PairedLine, most: number): string {
  return trials < most && trials > 1 ? ` (${trials} trials)` : '';
}

/** The differences of a run, or none where it has no `paired.csv`, in the metrics that its table shows. */
export function pairedOfRun(folder: string, reference?: string): PairedLine[] {
  if (!hasFile(folder, files.paired)) return [];
  const cells = readSummary(folder);
  const table = paperTable(cells, tableOptions(readManifest(folder)));
  return pairedLines(
    readPaired(folder),
    table.metrics.map(({ name }) => name),
    cells,
    reference,
  );
}
