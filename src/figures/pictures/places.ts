import type { KeyColumn } from '../../results/schema.ts';
import { keyText } from '../../tables/keys.ts';
import { groupBy } from '../../util/group.ts';
import { cellText, keyLabel, keySymbol, metricLabel, sharedConditions, valueText } from '../labels.ts';
import type { Style } from '../palette.ts';
import type { Mark, Picture } from '../plot/picture.ts';
import { bandAxis } from '../plot/scale.ts';
import type { FigureData } from '../request.ts';
import { columnsFor, valueAxis } from './lines.ts';

/**
 * Points with bars of one standard error, a group at each value of x and no line between them: for a key that is no number,
 * and for a number along which other keys change too; these stand under it.
 */
export function placesPicture({ request, arrangement }: FigureData, styles: ReadonlyMap<string, Style>): Picture {
  const { x, y, by } = request;
  const lines = arrangement.panels.flatMap((panel) => panel.lines);
  const rows = lines.flatMap((line) => line.rows);
  const along = [...new Set(lines.flatMap((line) => line.along))].filter((key) => !key.startsWith('lambda'));
  const series = [...new Set(lines.map((line) => line.series))];
  const yAxis = valueAxis(rows, y);
  const panels = arrangement.panels.map(({ heading, lines: own }) => {
    const cells = own.flatMap((line) => line.rows);
    const places = [...groupBy(cells, ({ key }) => keyText(key, x))].sort(
      ([, a], [, b]) => Number(a[0]!.key[x]) - Number(b[0]!.key[x]),
    );
    const labels = places.map(([, of]) => [
      valueText(of[0]!.key, x),
      ...along.map((key) =>
        changeText(
          of.map((row) => valueText(row.key, key)),
          key,
        ),
      ),
    ]);
    const marks = own.flatMap((line) => {
      const style = styles.get(line.series)!;
      return line.rows.flatMap((row): Mark[] => {
        const place = places.findIndex(([name]) => name === keyText(row.key, x));
        return pointWithBar(
          place + dodge(series.indexOf(line.series), series.length, 0.7),
          row.metrics.get(y)!,
          style,
          cellText(row, y),
          yAxis.scale.kind !== 'linear',
        );
      });
    });
    return {
      ...(heading && { heading }),
      x: { ...bandAxis(labels), title: keyLabel(x), bands: true, grid: false },
      y: { ...yAxis, title: metricLabel(y) },
      marks: [...separators(places.length), ...marks],
    };
  });
  const sameX = new Set(panels.map((panel) => JSON.stringify(panel.x.ticks))).size === 1;
  return {
    panels,
    columns: columnsFor(panels.length),
    shared: sameX,
    legend: series.map((name) => {
      const { colour, marker } = styles.get(name)!;
      const row = lines.find((line) => line.series === name)!.rows[0]!;
      return { label: by === 'scheme' ? name : valueText(row.key, by), marker, colour };
    }),
    ...(by !== 'scheme' && { legendTitle: keyLabel(by) }),
    title: sharedConditions(rows, [x, by]),
  };
}

/** `N = 9`, or `N = 8, 9` where the series differ. */
function changeText(values: readonly string[], key: KeyColumn): string {
  return `${keySymbol(key)} = ${[...new Set(values)].sort((a, b) => Number(a) - Number(b)).join(', ')}`;
}

/** Place of one of `count` things side by side in a band of `width`. */
export function dodge(index: number, count: number, width: number): number {
  return count < 2 ? 0 : width * ((index + 0.5) / count - 0.5);
}

function pointWithBar(
  x: number,
  statistics: { mean: number; sem: number },
  style: Style,
  tip: string,
  logarithmic: boolean,
): Mark[] {
  const { mean, sem } = statistics;
  const low = logarithmic && mean - sem <= 0 ? -Infinity : mean - sem;
  const bar: Mark[] =
    sem > 0
      ? [
          {
            kind: 'rule',
            from: { x, y: low },
            to: { x, y: mean + sem },
            stroke: { colour: style.colour, dash: [] },
            thin: true,
          },
        ]
      : [];
  return [...bar, { kind: 'point', x, y: mean, marker: style.marker, colour: style.colour, tip }];
}

/** Lines between neighbouring places. */
function separators(count: number): Mark[] {
  return Array.from(
    { length: Math.max(0, count - 1) },
    (_, i): Mark => ({
      kind: 'rule',
      from: { x: i + 0.5, y: -Infinity },
      to: { x: i + 0.5, y: Infinity },
      stroke: { colour: '#dedede', dash: [] },
      thin: true,
    }),
  );
}
