import { hasFollowingLambda } from '../results/cells.ts';
import type { SummaryRow } from '../results/read.ts';
import { type CellKey, type KeyColumn, keyColumns } from '../results/schema.ts';
import { keyText } from '../tables/keys.ts';
import { UserError } from '../util/errors.ts';
import { groupBy } from '../util/group.ts';
import { cellText, equations } from './labels.ts';

/**
 * What belongs on one line of a figure. Cells are joined only where they differ in x and in nothing else; what else differs
 * is named by the legend, by the heading of a panel or by the name of a picture. A λ that follows from other keys, tuned or
 * by a rule, may change along a line and never splits one.
 */

/** Which keys say where a cell stands. */
export interface Axes {
  readonly x: KeyColumn;
  /** The legend. */
  readonly by: KeyColumn;
  readonly facet?: KeyColumn;
}

/** Cells of one series in one panel: at most one at each value of x. */
export interface Line {
  readonly series: string;
  readonly rows: readonly SummaryRow[];
  /** Keys that change along with x: where there are some, the cells are not joined. */
  readonly along: readonly KeyColumn[];
}

interface PanelLines {
  /** `N = 60`; empty where there is one panel. */
  readonly heading: string;
  readonly lines: readonly Line[];
}

/** One picture: panels that share their axes. */
export interface Arrangement {
  /** Keys that tell this picture from others of the same request. */
  readonly part: Partial<Record<KeyColumn, string>>;
  readonly panels: readonly PanelLines[];
}

/** Value of a key for telling lines apart. */
export function splitText(key: CellKey, column: KeyColumn): string {
  return column.startsWith('lambda') && hasFollowingLambda(key) ? '' : keyText(key, column);
}

/** Keys in the order in which a figure can do without them: what others imply first, what readers look for last. */
const dispensable: readonly KeyColumn[] = [
  'lambda_dec',
  'lambda_enc',
  'options',
  'order',
  'N',
  'E',
  'S',
  'K',
  'attack',
  'stragglers',
  'experiment',
  'output',
  'dataset',
  'model',
  'scheme',
];

/** Keys whose values make pictures of their own: their metrics are on different scales. */
const ownPicture: readonly KeyColumn[] = ['experiment', 'model', 'dataset', 'output', 'stragglers'];

/** Most panels of a picture; with more, each has a picture of its own. */
const mostPanels = 9;

/**
 * Arranges cells in pictures, panels and lines.
 * @throws UserError when two cells of one line are equal in every key
 */
export function arrange(rows: readonly SummaryRow[], axes: Axes): Arrangement[] {
  const split = splittingKeys(rows, axes);
  const value = (row: SummaryRow, column: KeyColumn) => splitText(row.key, column);
  const named = (row: SummaryRow, columns: readonly KeyColumn[]) =>
    JSON.stringify(columns.map((key) => value(row, key)));

  const pictureKeys = split.filter((key) => ownPicture.includes(key));
  const panelKeys = split.filter((key) => !ownPicture.includes(key));
  // a line without any value of a swept λ (BACC has none) stands beside every value of it
  const lineOf = (row: SummaryRow) => named(row, [axes.by, ...(axes.facet ? [axes.facet] : [])]);
  const withoutLambda = new Set(
    [...groupBy(rows, lineOf).values()]
      .filter((line) => split.some((key) => key.startsWith('lambda') && line.every((row) => value(row, key) === '')))
      .flat(),
  );
  const headed = [...(axes.facet ? [axes.facet] : []), ...panelKeys];
  const hostKeys = [...pictureKeys, ...headed].filter((key) => !key.startsWith('lambda'));
  const hosts = new Set(rows.filter((row) => !withoutLambda.has(row)).map((row) => named(row, hostKeys)));
  const guests = rows.filter((row) => withoutLambda.has(row) && hosts.has(named(row, hostKeys)));
  const own = groupBy(
    rows.filter((row) => !guests.includes(row)),
    (row) => named(row, pictureKeys),
  );
  return [...own.values()].flatMap((inPicture): Arrangement[] => {
    const panels = [...groupBy(inPicture, (row) => named(row, headed)).values()].map((cells) => {
      const here = named(cells[0]!, hostKeys);
      const beside = guests.filter((row) => named(row, hostKeys) === here);
      const together = rows.filter((row) => cells.includes(row) || beside.includes(row));
      return { cells, lines: linesOf(together, axes) };
    });
    const first = inPicture[0]!;
    const part = Object.fromEntries(pictureKeys.map((key) => [key, value(first, key)]));
    const heading = (cells: readonly SummaryRow[]) => (headed.length > 0 ? equations(cells[0]!.key, headed) : '');
    if (panels.length <= mostPanels || panelKeys.length === 0) {
      return [{ part, panels: panels.map(({ cells, lines }) => ({ heading: heading(cells), lines })) }];
    }
    const groupsOfPanels = groupBy(panels, ({ cells }) => named(cells[0]!, panelKeys));
    return [...groupsOfPanels.values()].map((of) => ({
      part: { ...part, ...Object.fromEntries(panelKeys.map((key) => [key, value(of[0]!.cells[0]!, key)])) },
      panels: of.map(({ cells, lines }) => ({
        heading: axes.facet ? equations(cells[0]!.key, [axes.facet]) : '',
        lines,
      })),
    }));
  });
}

/** The series of a panel. */
export function linesOf(rows: readonly SummaryRow[], { x, by }: Axes): Line[] {
  return [...groupBy(rows, ({ key }) => splitText(key, by))].map(([series, cells]) => ({
    series,
    rows: cells,
    along: varying(cells, [x, by]),
  }));
}

/** Keys that take several values among cells. */
function varying(cells: readonly SummaryRow[], except: readonly (KeyColumn | undefined)[]): KeyColumn[] {
  return keyColumns.filter(
    (key) => !except.includes(key) && cells.some((row) => splitText(row.key, key) !== splitText(cells[0]!.key, key)),
  );
}

/** The fewest keys that leave one cell at each place, and further ones where they make cells of a line joinable. */
function splittingKeys(rows: readonly SummaryRow[], { x, by, facet }: Axes): KeyColumn[] {
  const named = (row: SummaryRow, keys: readonly (KeyColumn | undefined)[]) =>
    JSON.stringify(keys.map((key) => (key === x ? keyText(row.key, x) : key ? splitText(row.key, key) : '')));
  const isSeparate = (keys: readonly KeyColumn[]) =>
    [...groupBy(rows, (row) => named(row, [by, facet, ...keys, x])).values()].every((cells) => cells.length === 1);
  const crowded = [...groupBy(rows, (row) => named(row, [by, facet, x])).values()];
  const candidates = keyColumns.filter((key) => crowded.some((cells) => varying(cells, [x, by, facet]).includes(key)));
  if (!isSeparate(candidates)) {
    const twice = [...groupBy(rows, (row) => named(row, keyColumns)).values()].find((cells) => cells.length > 1)!;
    throw new UserError(
      `summary.csv: two cells are one point of a figure: ${twice.map((row) => cellText(row, 'mse')).join(' and ')}`,
    );
  }
  const split = fewest(candidates, isSeparate);

  const lines = (keys: readonly KeyColumn[]) => [...groupBy(rows, (row) => named(row, [by, facet, ...keys])).values()];
  const isJoined = (keys: readonly KeyColumn[]) =>
    lines(keys).every((cells) => varying(cells, [x, by, facet]).length === 0);
  const along = keyColumns.filter((key) => lines(split).some((cells) => varying(cells, [x, by, facet]).includes(key)));
  const more = fewest(along, (keys) => isJoined([...split, ...keys]));
  const joined = lines([...split, ...more]).filter((cells) => cells.length > 1);
  const chosen = 2 * joined.flat().length > rows.length ? [...split, ...more] : split;
  return keyColumns.filter((key) => chosen.includes(key));
}

/** Leaves out what is not needed, in the order of `dispensable`. */
function fewest(keys: readonly KeyColumn[], isEnough: (keys: readonly KeyColumn[]) => boolean): KeyColumn[] {
  return dispensable.reduce((left: readonly KeyColumn[], key) => {
    const less = left.filter((other) => other !== key);
    return less.length < left.length && isEnough(less) ? less : left;
  }, keys) as KeyColumn[];
}
