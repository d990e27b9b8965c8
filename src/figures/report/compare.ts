import { studentQuantile } from '../../metrics/distributions.ts';
import { isOverSomeQueries, measuredByName } from '../../metrics/measured.ts';
import { type MetricName, metrics } from '../../metrics/table.ts';
import { fewestCarriers } from '../../results/ratio.ts';
import type { SummaryRow } from '../../results/read.ts';
import { type KeyColumn, sideKeys } from '../../results/schema.ts';
import type { TrialValues } from '../../results/trial-values.ts';
import { intervalText, plainHeading } from '../../tables/cells.ts';
import { describeKey, keyDigits, keyText } from '../../tables/keys.ts';
import { type PairedLine, verdictText } from '../../tables/paired.ts';
import { queriesOf } from '../../tables/queries.ts';
import { groupBy } from '../../util/group.ts';
import { dataElement, escapeHtml, interactive, rowHead, section, wide } from './html.ts';

/** Differences that the page holds as they are; the script shows those of any two schemes. */
const mostLines = 40;

/**
 * Paired differences to the first scheme as a table with intervals drawn, which needs no script; with one, any two schemes and
 * the trials behind an interval.
 * @param values by metric: what the trials gave, where the run keeps them
 */
export function compareSection(
  lines: readonly PairedLine[],
  rows: readonly SummaryRow[],
  values: ReadonlyMap<MetricName, TrialValues>,
  command: string,
): string {
  const data = trialData(rows, values, command);
  if (lines.length === 0 && !data) return '';
  const chooser = data
    ? `${interactive('compare', '')}${dataElement('trial-data', data)}`
    : '<p class="note">This folder keeps no trials: the differences of single trials are in the run itself.</p>';
  return section('compare-section', 'Paired differences', `${linesTable(lines)}${chooser}`);
}

function linesTable(lines: readonly PairedLine[]): string {
  if (lines.length === 0) return '';
  const shown = lines.slice(0, mostLines);
  const hasConditions = shown.some(({ condition }) => condition !== '');
  const scales = new Map(
    [...groupBy(shown, ({ metric }) => metric)].map(([metric, of]) => [
      metric,
      Math.max(...of.flatMap(({ row }) => [row.low, row.high, row.mean].filter(Number.isFinite).map(Math.abs))),
    ]),
  );
  const body = shown.map((line) => {
    const { metric, condition, a, b, row } = line;
    const heads = [plainHeading(measuredByName(metric)), ...(hasConditions ? [condition] : []), `${a} − ${b}`];
    const cells = [escapeHtml(intervalText(row)), intervalSvg(row, scales.get(metric)!), escapeHtml(verdictText(line))];
    return `<tr>${heads.map(rowHead).join('')}${cells.map((html) => `<td>${html}</td>`).join('')}</tr>`;
  });
  const header = [
    'metric',
    ...(hasConditions ? ['condition'] : []),
    'difference',
    'mean [95 % interval]',
    'around 0',
    'verdict',
  ];
  const left = lines.length - shown.length;
  return `${wide('Paired differences', `<table><caption>Differences over the same trials</caption><thead><tr>${header.map((text) => `<th scope="col">${text}</th>`).join('')}</tr></thead><tbody>${body.join('\n')}</tbody></table>`)}${left > 0 ? `<p class="note">and ${left} more in paired.csv</p>` : ''}`;
}

/** An interval as a bar around 0, from `-scale` to `scale`. */
function intervalSvg({ mean, low, high }: { mean: number; low: number; high: number }, scale: number): string {
  const at = (value: number) => (scale > 0 ? 60 + (55 * value) / scale : 60).toFixed(1);
  if (![mean, low, high].every(Number.isFinite)) return '';
  return `<svg class="interval" width="120" height="14" aria-hidden="true"><path d="M60 0V14" class="zero"/><path d="M${at(low)} 7H${at(high)}" class="bar"/><circle cx="${at(mean)}" cy="7" r="3"/></svg>`;
}

/** Characters that the numbers of trials may take: more would make the page slow and large. */
const mostCharacters = 600_000;

/** Conditions under which cells are paired. */
const conditionKeys: readonly KeyColumn[] = ['model', 'dataset', 'output', 'K', 'S', 'E', 'stragglers', 'attack'];

/** What the script compares; undefined without trials. */
function trialData(rows: readonly SummaryRow[], values: ReadonlyMap<MetricName, TrialValues>, command: string) {
  const varying = conditionKeys.filter((column) => new Set(rows.map(({ key }) => keyText(key, column))).size > 1);
  const details = sideKeys.filter((column) =>
    [
      ...groupBy(rows, ({ key }) =>
        JSON.stringify([key.scheme, ...varying.map((name) => keyText(key, name))]),
      ).values(),
    ].some((cells) => new Set(cells.map(({ key }) => keyText(key, column))).size > 1),
  );
  const digits = keyDigits(rows.map(({ key }) => key));
  const cells = rows.map((row) => ({
    row,
    series: describeKey(row.key, ['scheme', ...details], digits),
    condition: describeKey(row.key, varying),
  }));
  let room = mostCharacters;
  const kept = [...values].flatMap(([name, of]) => {
    const lists = cells.map(({ row }) => {
      const list = of.of(row.key);
      return list ? [...list].map(jsonNumber) : null;
    });
    const size = JSON.stringify(lists).length;
    if (size > room || !lists.some((list) => list && list.length > 0)) return [];
    room -= size;
    const metric = metrics.get(name);
    const { label, better } = metric;
    const queries = isOverSomeQueries(metric) && { queries: rows.map((row) => queriesOf(row) ?? null) };
    return [{ label, better, ...queries, values: lists }];
  });
  if (kept.length === 0) return undefined;
  const trials = Math.max(...kept.flatMap(({ values: lists }) => lists.map((list) => list?.length ?? 0)));
  return {
    command,
    fewest: fewestCarriers,
    cells: cells.map(({ series, condition }) => ({ series, condition })),
    metrics: kept,
    // factor of the standard error by the number of trials
    factors: Array.from({ length: trials + 1 }, (_, n) => (n < 2 ? null : studentQuantile(0.95, n - 1))),
  };
}

/** Every digit: the script takes differences, and those of schemes that are nearly equal are in the last ones. */
function jsonNumber(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
