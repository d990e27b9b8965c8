import { measuredByName } from '../../metrics/measured.ts';
import { metrics } from '../../metrics/table.ts';
import type { KeyColumn } from '../../results/schema.ts';
import { intervalText } from '../../tables/cells.ts';
import { keyText } from '../../tables/keys.ts';
import { type PairedLine, sameTrials, verdictText } from '../../tables/paired.ts';
import { groupBy } from '../../util/group.ts';
import type { Figure } from '../figure.ts';
import { keySymbol } from '../labels.ts';
import type { Style } from '../palette.ts';
import type { Mark, Picture } from '../plot/picture.ts';
import { bandAxis, signedAxis } from '../plot/scale.ts';
import { between } from './dots.ts';
import { columnsFor } from './lines.ts';
import { dodge } from './places.ts';

/** Keys whose values have a figure, a panel and a row each. */
const figureKeys: readonly KeyColumn[] = ['model', 'dataset', 'output'];
const panelKeys: readonly KeyColumn[] = ['stragglers'];
const rowKeys: readonly KeyColumn[] = ['K', 'N', 'S', 'E', 'attack'];

/** Metrics that have a figure, the table's first ones: an error and a share. */
const mostMetrics = 2;

/** Lines that a caption repeats as numbers. */
const mostInCaption = 3;

/**
 * Differences to the reference scheme with their 95 % intervals, a figure for each metric, model, data set and output: what
 * levels with overlapping bars do not show. None where a scheme has several cells under one condition (a λ that is swept).
 * @param lines of one reference scheme
 */
export function pairedFigures(lines: readonly PairedLine[], styles: ReadonlyMap<string, Style>): Figure[] {
  const varying = figureKeys.filter((key) => new Set(lines.map(({ row }) => keyText(row.key, key))).size > 1);
  const first = [...new Set(lines.map(({ metric }) => metric))].slice(0, mostMetrics);
  const shown = lines.filter(
    ({ metric, row, verdict }) => first.includes(metric) && Number.isFinite(row.mean) && verdict !== 'unlike',
  );
  const groups = groupBy(shown, ({ metric, row }) =>
    JSON.stringify([metric, ...varying.map((key) => keyText(row.key, key))]),
  );
  return [...groups.values()].flatMap((own) => {
    const [line] = own;
    if (!line || own.some(({ row }) => row.a.scheme === row.b.scheme)) return [];
    // all equal: there is nothing to see
    if (own.every(({ row }) => row.low === 0 && row.high === 0)) return [];
    if (new Set(own.map(({ row, condition }) => `${condition} ${row.b.scheme}`)).size < own.length) return [];
    const parts = varying.map((key) => `${key}=${keyText(line.row.key, key)}`);
    const trials = [...new Set(own.map(({ row }) => row.trials))].sort((a, b) => a - b);
    const numbers = own.length > mostInCaption ? '' : `: ${own.map(lineText).join('; ')}`;
    return [
      {
        name: [`paired-${line.metric}`, ...parts].join('-'),
        caption:
          `Paired differences in ${measuredByName(line.metric).label} over ${sameTrials(trials)}, ` +
          `with their 95 % intervals${parts.length > 0 ? ` (${parts.join(', ')})` : ''}${numbers}.`,
        picture: pairedPicture(own, styles),
      },
    ];
  });
}

/** `BACC − NeRCC0 = 8.85 [7.23, 10.47]`. */
const lineText = ({ a, b, row }: PairedLine) => `${a} − ${b} = ${intervalText(row)}`;

/** A key's value; N of both sides where they differ, as that of uncoded workers does. */
function rowText({ row: { key, a, b } }: PairedLine, column: KeyColumn): string {
  return column === 'N' && a.N !== b.N ? `${a.N}/${b.N}` : keyText(key, column);
}

/** The keys that rows are told apart by: not N where all that differs in it is the other side, unless lines of a scheme would fall together. */
function rowsOf(lines: readonly PairedLine[], keys: readonly KeyColumn[]): KeyColumn[] {
  if (lines.every(({ row: { a, b } }) => a.N === b.N)) return [...keys];
  const others = keys.filter((key) => key !== 'N');
  const place = (line: PairedLine) =>
    JSON.stringify([line.row.b.scheme, ...[...panelKeys, ...others].map((key) => rowText(line, key))]);
  return new Set(lines.map(place)).size < lines.length ? [...keys] : others;
}

function pairedPicture(lines: readonly PairedLine[], styles: ReadonlyMap<string, Style>): Picture {
  const { metric, row } = lines[0]!;
  const reference = row.a.scheme;
  const others = [...new Set(lines.map((line) => line.row.b.scheme))];
  const changes = (key: KeyColumn) => new Set(lines.map((line) => keyText(line.row.key, key))).size > 1;
  const [facets, keys] = [panelKeys.filter(changes), rowsOf(lines, rowKeys.filter(changes))];
  const nameOf = (line: PairedLine) =>
    keys.flatMap((key) => {
      const text = rowText(line, key);
      return text === '' ? [] : [key === 'attack' ? text : `${keySymbol(key)} = ${text}`];
    });
  const settings = [...new Set(lines.map((line) => nameOf(line).join(', ')))];
  const single = settings.length === 1;
  const { label, better } = measuredByName(metric);
  const side = better === 'none' ? '' : `, ${better === 'lower' ? 'left' : 'right'}: ${reference} is better`;
  const xAxis = signedAxis(
    lines.map((line) => line.row),
    metrics.find(metric)?.unit !== 'share',
  );
  const marks = (own: readonly PairedLine[]) =>
    own.flatMap((line): Mark[] => {
      const { colour, marker } = styles.get(line.row.b.scheme)!;
      const { mean, low, high } = line.row;
      const other = others.indexOf(line.row.b.scheme);
      const y = single ? other : settings.indexOf(nameOf(line).join(', ')) + dodge(other, others.length, 0.8);
      const tip = `${[line.condition, lineText(line)].filter((text) => text !== '').join(': ')}, ${verdictText(line)}`;
      const point: Mark = { kind: 'point', x: mean, y, marker, colour, small: !single, tip };
      // of one trial there is none
      if (!Number.isFinite(low) || !Number.isFinite(high)) return [point];
      return [
        { kind: 'rule', from: { x: low, y }, to: { x: high, y }, stroke: { colour, dash: [] }, thin: true },
        point,
      ];
    });
  const panels = [
    ...groupBy(lines, (line) => JSON.stringify(facets.map((key) => keyText(line.row.key, key)))).values(),
  ];
  const zero: Mark = {
    kind: 'rule',
    from: { x: 0, y: -Infinity },
    to: { x: 0, y: Infinity },
    stroke: { colour: '#222222', dash: [] },
    thin: true,
  };
  return {
    panels: panels.map((own) => ({
      ...(facets.length > 0 && {
        heading: facets.map((key) => `${key} = ${keyText(own[0]!.row.key, key)}`).join(', '),
      }),
      x: { ...xAxis, title: `difference in ${label}${side}` },
      y: {
        ...bandAxis(single ? others.map((other) => [`${reference} − ${other}`]) : settings.map((text) => [text]), true),
        bands: true,
        grid: single,
      },
      marks: [zero, ...(single ? [] : between(settings.length)), ...marks(own)],
    })),
    columns: Math.min(2, columnsFor(panels.length)),
    shared: true,
    legend: single
      ? []
      : others.map((other) => {
          const { colour, marker } = styles.get(other)!;
          return { label: other, marker, colour };
        }),
    ...(!single && { legendTitle: `${reference} −` }),
    title: `${row.key.model} on ${row.key.dataset}`,
    rows: (single ? 1.7 : Math.max(1.8, 0.46 * others.length + 0.6)) * (single ? others.length : settings.length),
  };
}
