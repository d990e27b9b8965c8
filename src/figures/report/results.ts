import { fewestCarriers } from '../../results/ratio.ts';
import type { FailureRow, PairedRow, SummaryRow } from '../../results/read.ts';
import { sideKeys } from '../../results/schema.ts';
import { bestCells } from '../../tables/best.ts';
import { plainHeading, plainKeys, plainScheme, tableCellText, tableGroupText } from '../../tables/cells.ts';
import { describeKey, keyText } from '../../tables/keys.ts';
import type { PaperTable, TableCell } from '../../tables/table.ts';
import { groupBy } from '../../util/group.ts';
import { counted } from '../../util/text.ts';
import { cellName } from '../labels.ts';
import { escapeHtml, interactive, plainTable, rowHead, section, wide } from './html.ts';

/** The cells of a run: a table to sort, filter and thin out, the best and what the trials do not tell from it marked. */
export function resultsSection(table: PaperTable, rows: readonly SummaryRow[], paired: readonly PairedRow[]): string {
  if (table.rows.length === 0) return '';
  const best = bestCells(table);
  const ties = tiedCells(table, best, paired);
  const schemes = [...new Set(table.rows.map(({ scheme }) => scheme))];
  const boxes = schemes.map(
    (scheme) => `<label><input type="checkbox" checked value="${escapeHtml(scheme)}"> ${escapeHtml(scheme)}</label>`,
  );
  const controls = interactive(
    'cell-controls',
    `<label>Filter <input type="search" id="cell-filter" placeholder="such as NeRCC"></label> <fieldset><legend>Shown</legend>${boxes.join(' ')}</fieldset><p id="cell-count" role="status"></p>`,
  );
  const marks = [
    ...(best.size > 0 ? ['Bold: the best mean under its condition.'] : []),
    ...(ties.size > 0 ? ['≈: the paired 95 % interval of its difference from the best includes 0.'] : []),
  ];
  const notes = [...marks, ...table.notes].map((note) => `<p class="note">${escapeHtml(note)}</p>`).join('');
  const html = wide('Cells', cellsTable(table, rows, best, ties));
  const shown =
    table.rows.length <= openRows ? html : `<details><summary>${table.rows.length} rows</summary>\n${html}\n</details>`;
  return section('results', 'Results', `${controls}${shown}${notes}`);
}

/** Rows of a table that is shown at once; of a λ surface, which has more, the picker says most. */
const openRows = 100;

function cellsTable(
  table: PaperTable,
  rows: readonly SummaryRow[],
  best: ReadonlySet<TableCell>,
  ties: ReadonlySet<TableCell>,
): string {
  const { groups, metrics, rowKeys } = table;
  const over =
    groups.length === 1
      ? ''
      : `<tr><td colspan="${rowKeys.length + 1}"></td>${groups.map((group) => `<th scope="colgroup" colspan="${metrics.length}">${escapeHtml(tableGroupText(group))}</th>`).join('')}</tr>`;
  const header = [...rowKeys, 'method', ...groups.flatMap(() => metrics.map(plainHeading))];
  const value = (cell: TableCell | undefined) => {
    const text = escapeHtml(tableCellText(cell));
    const tie = cell && ties.has(cell) ? ' <span class="tie" title="not told from the best">≈</span>' : '';
    const marked = cell && best.has(cell) ? `<strong>${text}</strong>` : text;
    return `<td${cell && Number.isFinite(cell.mean) ? ` data-value="${cell.mean}"` : ''}>${marked}${tie}</td>`;
  };
  const keysOf = plainKeys(table);
  const shown = summaryRows(table, rows);
  const body = table.rows.map((row) => {
    const names = (shown.get(rowId(row.scheme, row.keys)) ?? []).map(cellName).join('\n');
    const attributes = [
      ` data-scheme="${escapeHtml(row.scheme)}"`,
      row.source === undefined ? ` data-cell="${escapeHtml(names)}"` : ' class="published"',
    ].join('');
    const heads = [...keysOf(row), plainScheme(row)].map(rowHead);
    return `<tr${attributes}>${heads.join('')}${row.cells.flatMap((group) => group.map(value)).join('')}</tr>`;
  });
  const head = header.map((text) => `<th scope="col">${escapeHtml(text)}</th>`).join('');
  return `<table id="cells"><caption>Mean ± standard deviation of every cell</caption><thead>${over}<tr>${head}</tr></thead>\n<tbody>${body.join('\n')}</tbody></table>`;
}

/** A row of the table as text: its scheme and what stands in its key columns. */
const rowId = (scheme: string, keys: readonly string[]) => JSON.stringify([scheme, ...keys]);

/** The cells of the summary that each row of the table shows, by `rowId`. */
function summaryRows({ rowKeys }: PaperTable, rows: readonly SummaryRow[]): ReadonlyMap<string, SummaryRow[]> {
  return groupBy(rows, ({ key }) =>
    rowId(
      key.scheme,
      rowKeys.map((column) => keyText(key, column)),
    ),
  );
}

/** Cells whose paired difference from the best of their condition has 0 in its interval. */
function tiedCells(
  table: PaperTable,
  best: ReadonlySet<TableCell>,
  paired: readonly PairedRow[],
): ReadonlySet<TableCell> {
  const ties = new Set<TableCell>();
  const ofSide = table.rowKeys.map((column) => (sideKeys as readonly string[]).includes(column));
  const sideId = (difference: PairedRow, side: 'a' | 'b') => {
    const key = { ...difference.key, ...difference[side] };
    const keys = table.rowKeys.map((column, i) => keyText(ofSide[i] ? key : difference.key, column));
    return rowId(difference[side].scheme, keys);
  };
  const own = table.rows.filter(({ source }) => source === undefined);
  const conditions = [...groupBy(own, ({ keys }) => keys.join('\n')).values()];
  table.groups.forEach(({ model, dataset }, group) => {
    table.metrics.forEach(({ name }, column) => {
      const differences = paired.filter(
        ({ metric, key }) => metric === name && key.model === model && key.dataset === dataset,
      );
      const bySides = groupBy(differences, (entry) => [sideId(entry, 'a'), sideId(entry, 'b')].sort().join('\n'));
      for (const rows of conditions) {
        for (const top of rows.filter((row) => best.has(row.cells[group]![column]!))) {
          for (const row of rows) {
            const cell = row.cells[group]![column];
            if (!cell || best.has(cell)) continue;
            const sides = [top, row].map(({ scheme, keys }) => rowId(scheme, keys));
            const [difference] = bySides.get(sides.sort().join('\n')) ?? [];
            if (!difference) continue;
            const { low, high, trials } = difference;
            if (trials < fewestCarriers || (low <= 0 && high >= 0)) ties.add(cell);
          }
        }
      }
    });
  });
  return ties;
}

/** Cells that could not be decoded, before all else. */
export function failuresSection(failures: readonly FailureRow[], command: (trial: number) => string): string {
  if (failures.length === 0) return '';
  const shown = failures.slice(0, mostFailures);
  const rows = shown.map(({ key, trial, reason }) => [
    String(trial),
    describeKey(key, failureKeys),
    reason,
    command(trial),
  ]);
  const left = failures.length - shown.length;
  const more = left > 0 ? `<p class="note">and ${left} more in failures.csv</p>` : '';
  const table = (caption: string, of: readonly string[][]) =>
    plainTable(caption, ['trial', 'cell', 'why', 'look at it'], of);
  const first = table(
    `${counted(failures.length, 'cell')} could not be decoded in a trial`,
    rows.slice(0, openFailures),
  );
  const others = rows.slice(openFailures);
  const folded =
    others.length > 0
      ? `<details><summary>${others.length} more</summary>\n${table('Further cells that could not be decoded', others)}\n</details>`
      : '';
  return section('failures', 'Failed trials', first + folded + more);
}

/** Failed cells that the page lists, and of them those that are shown at once. */
const mostFailures = 50;
const openFailures = 10;
const failureKeys = ['scheme', 'K', 'N', 'S', 'E', 'stragglers', 'attack', 'lambda_enc', 'lambda_dec'] as const;
