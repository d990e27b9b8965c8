import type { Measured } from '../../metrics/measured.ts';
import { matchCells } from '../../results/cells.ts';
import { experimentDifferences, type Manifest, settingText } from '../../results/manifest.ts';
import type { MetricStatistics, SummaryRow } from '../../results/read.ts';
import { welch } from '../../results/statistics.ts';
import { plainHeading } from '../../tables/cells.ts';
import { cellName, numberText } from '../labels.ts';
import { escapeHtml, plainTable, section, wide } from './html.ts';

/** A second run, to be laid over the first. */
export interface Beside {
  readonly name: string;
  readonly manifest: Manifest;
  readonly rows: readonly SummaryRow[];
}

const mostCells = 60;

/** The cells that two runs share, one over the other: filled the first, hollow the second, with two standard errors each. */
export function overlaySection(
  own: { readonly manifest: Manifest; readonly rows: readonly SummaryRow[] },
  metrics: readonly Measured[],
  beside: Beside | undefined,
): string {
  if (!beside) return '';
  const nameless = (rows: readonly SummaryRow[]) =>
    rows.map((row) => ({ ...row, key: { ...row.key, experiment: '' } }));
  const { pairs, missing } = matchCells(nameless(own.rows), nameless(beside.rows));
  const tables = metrics.flatMap((metric) => {
    const both = pairs.flatMap(([first, second]) => {
      const [x, y] = [first.metrics.get(metric.name), second.metrics.get(metric.name)];
      return x && y && Number.isFinite(x.mean) && Number.isFinite(y.mean) ? [{ first, second, x, y }] : [];
    });
    if (both.length === 0) return [];
    const ends = both.flatMap(({ x, y }) =>
      [x, y].flatMap((side) => [side.mean - 2 * error(side), side.mean + 2 * error(side)]),
    );
    const [low, high] = [Math.min(...ends), Math.max(...ends)];
    const body = both.slice(0, mostCells).map(({ first, second, x, y }) => {
      const sample = ({ mean }: MetricStatistics, sem: number, n: number) => ({ mean, sem, n });
      const { z } = welch(sample(y, error(y), second.trials), sample(x, error(x), first.trials));
      const cells = [numberText(x.mean), numberText(y.mean), Number.isFinite(z) ? z.toFixed(1) : String(z)];
      return `<tr><th scope="row">${escapeHtml(cellName(first))}</th>${cells.map((text) => `<td>${escapeHtml(text)}</td>`).join('')}<td>${twoMarks(x, y, low, high)}</td></tr>`;
    });
    const caption = `${plainHeading(metric)}: this run (filled) and ${beside.name} (hollow)`;
    const header = ['cell', 'this run', 'the other', 'difference in standard errors', 'both'];
    const left = both.length - body.length;
    return [
      wide(
        caption,
        `<table><caption>${escapeHtml(caption)}</caption><thead><tr>${header.map((text) => `<th scope="col">${text}</th>`).join('')}</tr></thead><tbody>${body.join('\n')}</tbody></table>`,
      ) + (left > 0 ? `<p class="note">and ${left} more cells</p>` : ''),
    ];
  });
  const differences = experimentDifferences(own.manifest, beside.manifest).map(({ what, a, b }) => [
    what,
    settingText(a),
    settingText(b),
  ]);
  const settings =
    differences.length === 0
      ? '<p class="note">The same experiment.</p>'
      : plainTable('In what the two are different experiments', ['what', 'this run', 'the other'], differences);
  const none = pairs.length === 0 ? 'The two have no cell in common. ' : '';
  const alone = missing.length > 0 ? `<p class="note">${none}Cells in one of the two only: ${missing.length}.</p>` : '';
  return section('beside', `Beside ${beside.name}`, `${tables.join('\n')}${alone}${settings}`);
}

function error({ sem }: MetricStatistics): number {
  return Number.isFinite(sem) ? sem : 0;
}

function twoMarks(x: MetricStatistics, y: MetricStatistics, low: number, high: number): string {
  const at = (value: number) => (high > low ? 6 + (148 * (value - low)) / (high - low) : 80).toFixed(1);
  const mark = (side: MetricStatistics, height: number, kind: string) =>
    `<path class="bar" d="M${at(side.mean - 2 * error(side))} ${height}H${at(side.mean + 2 * error(side))}"/><circle class="${kind}" cx="${at(side.mean)}" cy="${height}" r="3.2"/>`;
  return `<svg class="interval" width="160" height="20" aria-hidden="true">${mark(x, 6, 'first')}${mark(y, 14, 'second')}</svg>`;
}
