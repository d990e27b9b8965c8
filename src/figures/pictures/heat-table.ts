import { metrics } from '../../metrics/table.ts';
import type { SummaryRow } from '../../results/read.ts';
import { type KeyColumn, keyColumns } from '../../results/schema.ts';
import { keyText } from '../../tables/keys.ts';
import { groupBy } from '../../util/group.ts';
import { cellText, equations, keyLabel, numberText, sharedConditions, valueText } from '../labels.ts';
import { onShade, shade } from '../palette.ts';
import type { Mark, Picture } from '../plot/picture.ts';
import { bandAxis } from '../plot/scale.ts';
import type { FigureData } from '../request.ts';
import { splitText } from '../series.ts';

/**
 * A table of shaded cells, attack × scheme, the better the brighter: which attack hurts whom. Every cell says its number. A
 * further key that varies, such as E, is named with the attack.
 */
export function heatTable(rows: readonly SummaryRow[], { x, y, by }: FigureData['request']): Picture {
  const further = furtherKeys(rows, x, by);
  const nameOf = ({ key }: SummaryRow) => {
    const conditions = further.length > 0 ? equations(key, further) : '';
    const attack = valueText(key, x);
    if (attack === 'none') return `${conditions || 'no attack'}`;
    return conditions ? `${conditions}: ${attack}` : attack;
  };
  const lineOf = ({ key }: SummaryRow) => JSON.stringify([x, ...further].map((column) => keyText(key, column)));
  const lines = [...groupBy(rows, lineOf)].map(([name, [row]]) => ({ name, label: nameOf(row!) }));
  const series = [...groupBy(rows, ({ key }) => keyText(key, by))].map(([name, [row]]) => ({
    name,
    label: valueText(row!.key, by),
  }));
  const means = rows.map((row) => row.metrics.get(y)!.mean);
  const { better, unit, label } = metrics.get(y);
  const logarithmic =
    unit !== 'share' && means.every((mean) => mean > 0) && Math.max(...means) / Math.min(...means) > 5;
  const level = (mean: number) => (logarithmic ? Math.log(mean) : mean);
  const [low, high] = [Math.min(...means.map(level)), Math.max(...means.map(level))];
  const goodness = (mean: number) => {
    const share = high === low ? 1 : (level(mean) - low) / (high - low);
    return better === 'lower' ? 1 - share : share;
  };
  const marks = rows.flatMap((row): Mark[] => {
    const { mean } = row.metrics.get(y)!;
    const [column, line] = [
      series.findIndex(({ name }) => name === keyText(row.key, by)),
      lines.findIndex(({ name }) => name === lineOf(row)),
    ];
    const share = goodness(mean);
    const text = unit === 'share' ? mean.toFixed(3).replace(/^1\.000$/, '1') : numberText(mean, 3);
    return [
      {
        kind: 'rect',
        x: [column - 0.5, column + 0.5],
        y: [line - 0.5, line + 0.5],
        fill: { colour: shade(share), outline: '#ffffff' },
        tip: cellText(row, y),
      },
      { kind: 'text', x: column, y: line, text, colour: onShade(share) },
    ];
  });
  return {
    panels: [
      {
        heading: `${label} (brighter is better)`,
        x: {
          ...bandAxis(series.map(({ label }) => [label])),
          bands: true,
          grid: false,
          ...(by !== 'scheme' && { title: keyLabel(by) }),
        },
        y: {
          ...bandAxis(
            lines.map(({ label }) => [label]),
            true,
          ),
          bands: true,
          grid: false,
        },
        marks,
      },
    ],
    columns: 1,
    shared: true,
    legend: [],
    title: sharedConditions(rows, [x, by]),
    rows: 1.75 * lines.length,
  };
}

/** Keys that vary within one series and attack. */
function furtherKeys(rows: readonly SummaryRow[], x: KeyColumn, by: KeyColumn): KeyColumn[] {
  const places = [...groupBy(rows, ({ key }) => JSON.stringify([splitText(key, by), splitText(key, x)])).values()];
  const crowded = keyColumns.filter((key) =>
    places.some((cells) => new Set(cells.map((row) => splitText(row.key, key))).size > 1),
  );
  const named = (keys: readonly KeyColumn[]) =>
    new Set(rows.map((row) => JSON.stringify([by, x, ...keys].map((key) => splitText(row.key, key)))));
  return (['lambda_dec', 'lambda_enc', 'options', 'order', 'N', 'S', 'K'] as const).reduce(
    (keys: readonly KeyColumn[], key) => {
      const less = keys.filter((other) => other !== key);
      return named(less).size === rows.length ? less : keys;
    },
    crowded,
  ) as KeyColumn[];
}
