import type { MetricName } from '../../metrics/table.ts';
import type { SummaryRow } from '../../results/read.ts';
import type { KeyColumn } from '../../results/schema.ts';
import { groupBy } from '../../util/group.ts';
import { cellText, equations, isNumericKey, keySymbol, metricLabel, sharedConditions, valueText } from '../labels.ts';
import type { Style } from '../palette.ts';
import type { Mark, Picture } from '../plot/picture.ts';
import { bandAxis } from '../plot/scale.ts';
import { splitText } from '../series.ts';
import { columnsFor, valueAxis } from './lines.ts';
import { dodge } from './places.ts';

/** Keys of a setting, in the order in which its name gives them. */
const settingKeys: readonly KeyColumn[] = [
  'K',
  'N',
  'S',
  'E',
  'attack',
  'order',
  'lambda_enc',
  'lambda_dec',
  'options',
];

/** Keys whose values have a panel each. */
const panelKeys: readonly KeyColumn[] = ['stragglers'];

/**
 * A dot plot: a row a setting and a dot a scheme; where there is one setting, a row a scheme. The bar through a dot is one
 * standard error. Nothing is joined, so settings may differ in as much as they like.
 */
export function dotsPicture(
  rows: readonly SummaryRow[],
  metric: MetricName,
  styles: ReadonlyMap<string, Style>,
): Picture {
  const keys = rowKeys(rows);
  const schemes = [...new Set(rows.map(({ key }) => key.scheme))];
  const xAxis = valueAxis(rows, metric);
  const facets = panelKeys.filter((key) => new Set(rows.map((row) => row.key[key])).size > 1);
  const groups = [...groupBy(rows, ({ key }) => JSON.stringify(facets.map((column) => key[column]))).values()];
  const nameOf = (row: SummaryRow) => JSON.stringify(keys.map((key) => splitText(row.key, key)));
  const settings = groupBy(rows, nameOf);
  const byScheme = settings.size === 1;
  const names = byScheme
    ? schemes.map((name) => [name])
    : [...settings.values()].map((cells) => [settingText(cells, rows, keys)]);
  const places = byScheme ? schemes : [...settings.keys()];
  const rowHeight = byScheme ? 1.7 : Math.max(1.8, 0.46 * schemes.length + 0.6);
  const marks = (cells: readonly SummaryRow[]) =>
    cells.flatMap((row): Mark[] => {
      const { colour, marker } = styles.get(row.key.scheme)!;
      const { mean, sem } = row.metrics.get(metric)!;
      const place = places.indexOf(byScheme ? row.key.scheme : nameOf(row));
      const y = place + (byScheme ? 0 : dodge(schemes.indexOf(row.key.scheme), schemes.length, 0.8));
      const low = xAxis.scale.kind !== 'linear' && mean - sem <= 0 ? -Infinity : mean - sem;
      const bar: Mark = {
        kind: 'rule',
        from: { x: low, y },
        to: { x: mean + sem, y },
        stroke: { colour, dash: [] },
        thin: true,
      };
      const dot: Mark = { kind: 'point', x: mean, y, marker, colour, small: !byScheme, tip: cellText(row, metric) };
      return sem > 0 ? [bar, dot] : [dot];
    });
  return {
    panels: groups.map((cells) => ({
      ...(facets.length > 0 && { heading: equations(cells[0]!.key, facets) }),
      x: { ...xAxis, title: metricLabel(metric) },
      y: { ...bandAxis(names, true), bands: true, grid: byScheme },
      marks: [...(byScheme ? [] : between(places.length)), ...marks(cells)],
    })),
    columns: Math.min(2, columnsFor(groups.length)),
    shared: true,
    legend: byScheme
      ? []
      : schemes.map((label) => {
          const { colour, marker } = styles.get(label)!;
          return { label, marker, colour };
        }),
    title: sharedConditions(rows),
    rows: rowHeight * places.length,
  };
}

/** Keys that tell settings apart, as few as leave one cell for each scheme in a panel: N where nothing else implies it. */
function rowKeys(rows: readonly SummaryRow[]): KeyColumn[] {
  const schemes = [...groupBy(rows, ({ key }) => key.scheme).values()];
  const varying = settingKeys.filter((key) =>
    schemes.some((cells) => new Set(cells.map((row) => splitText(row.key, key))).size > 1),
  );
  const isEnough = (keys: readonly KeyColumn[]) => {
    const named = (row: SummaryRow) =>
      JSON.stringify(['scheme' as const, ...panelKeys, ...keys].map((key) => splitText(row.key, key)));
    return new Set(rows.map(named)).size === rows.length;
  };
  return (['options', 'order', 'lambda_dec', 'lambda_enc', 'N'] as const).reduce((keys: readonly KeyColumn[], key) => {
    const less = keys.filter((other) => other !== key);
    return isEnough(less) ? less : keys;
  }, varying) as KeyColumn[];
}

/** `K = 8, N = 9, S = 1`: every key that changes from setting to setting. */
function settingText(cells: readonly SummaryRow[], all: readonly SummaryRow[], keys: readonly KeyColumn[]): string {
  const schemes = [...groupBy(all, ({ key }) => key.scheme).values()];
  const changes = (key: KeyColumn) =>
    schemes.some((rows) => new Set(rows.map((row) => splitText(row.key, key))).size > 1);
  // N follows from K and S, say, and is named all the same
  const shown = settingKeys.filter((key) => keys.includes(key) || (isNumericKey(key) && changes(key)));
  return shown
    .map((key) => {
      const values = [...new Set(cells.map((row) => valueText(row.key, key)))];
      const sorted = values.every((value) => Number.isFinite(Number(value)))
        ? values.sort((a, b) => Number(a) - Number(b))
        : values;
      return `${keySymbol(key)} = ${sorted.join('/')}`;
    })
    .join(', ');
}

/** Lines between neighbouring settings. */
export function between(count: number): Mark[] {
  return Array.from(
    { length: Math.max(0, count - 1) },
    (_, i): Mark => ({
      kind: 'rule',
      from: { x: -Infinity, y: i + 0.5 },
      to: { x: Infinity, y: i + 0.5 },
      stroke: { colour: '#c9c9c9', dash: [] },
      thin: true,
    }),
  );
}
