import { groupBy } from '../util/group.ts';
import type { PaperTable, TableCell } from './table.ts';

/**
 * The best of our own means in a column of a table, condition by condition; several where they are the same number. A metric
 * of which neither high nor low is good has none, and neither has a condition with one scheme, or one whose schemes are over
 * queries of their own. A mean that leaves out trials which another one has is never the best: those were the hard ones.
 */
export function bestCells({ rows, metrics }: PaperTable): ReadonlySet<TableCell> {
  const best = new Set<TableCell>();
  const own = rows.filter((row) => row.source === undefined);
  for (const ours of groupBy(own, ({ keys }) => JSON.stringify(keys)).values()) {
    for (let group = 0; group < ours[0]!.cells.length; group++) {
      for (const [column, { better }] of metrics.entries()) {
        const cells = ours
          .flatMap((row) => row.cells[group]![column] ?? [])
          .filter(({ mean }) => Number.isFinite(mean));
        if (better === 'none' || cells.length < 2) continue;
        if (new Set(cells.map(({ queries }) => queries)).size > 1) continue;
        const whole = cells.filter(({ partial }) => !partial);
        // beside means over other trials a single one is no best
        if (whole.length < 2) continue;
        const means = whole.map(({ mean }) => mean);
        const top = better === 'higher' ? Math.max(...means) : Math.min(...means);
        for (const cell of whole) if (cell.mean === top) best.add(cell);
      }
    }
  }
  return best;
}
