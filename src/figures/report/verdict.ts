import { measuredByName } from '../../metrics/measured.ts';
import type { Manifest } from '../../results/manifest.ts';
import type { SummaryRow } from '../../results/read.ts';
import { intervalText } from '../../tables/cells.ts';
import { type PairedLine, verdictText } from '../../tables/paired.ts';
import { groupBy } from '../../util/group.ts';
import { escapeHtml } from './html.ts';

/**
 * What a reader wants first: what the config says of itself, how the schemes compare with the first one, whether the run is whole. Whether
 * that bears a claim is left to the reader: the config says it in words.
 */
export function verdictHtml(
  manifest: Manifest,
  lines: readonly PairedLine[],
  rows: readonly SummaryRow[],
  failures: number,
): string {
  const claim = claimOf(manifest.written ?? '');
  const cells = rows.length;
  const trials = Math.max(0, ...rows.map((row) => row.trials));
  const status = [
    manifest.status === 'running' ? 'Not finished' : 'Finished',
    cells > 0 ? `${cells} ${cells === 1 ? 'cell' : 'cells'} over ${trials} ${trials === 1 ? 'trial' : 'trials'}` : '',
    failures > 0 ? `${failures} failed` : cells > 0 ? 'none failed' : '',
  ];
  return [
    claim && `<p class="claim">The config says: ${escapeHtml(claim)}</p>`,
    comparisonHtml(lines, claim !== ''),
    `<p class="status">${escapeHtml(status.filter(Boolean).join('; '))}.</p>`,
    manifest.status === 'running' ? '<p class="warning">This run is not finished.</p>' : '',
  ].join('\n');
}

/** The comment that a config begins with. */
function claimOf(written: string): string {
  const lines = written.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('#'));
  const comment = lines.slice(0, end < 0 ? lines.length : end).map((line) => line.replace(/^#+\s?/, ''));
  return comment
    .filter((line) => !line.startsWith('yaml-language-server'))
    .join(' ')
    .trim();
}

/** Metrics and schemes that a verdict speaks of; the others are in the tables. */
const mostMetrics = 2;
const mostSchemes = 6;

/** A sentence a metric and pair of schemes, below a line that says what they compare. Bold: what the trials decide. */
function comparisonHtml(lines: readonly PairedLine[], hasClaim: boolean): string {
  if (lines.length === 0) return '';
  const byMetric = [...groupBy(lines, ({ metric }) => metric)].slice(0, mostMetrics);
  let left = 0;
  const sentences = byMetric.flatMap(([metric, of]) => {
    const pairs = [...groupBy(of, ({ a, b }) => JSON.stringify([a, b])).values()];
    left += Math.max(0, pairs.length - mostSchemes);
    return pairs.slice(0, mostSchemes).map((pair) => {
      const text = escapeHtml(`${measuredByName(metric).label}: ${pairSentence(pair)}`);
      return `<li${isDecided(pair) ? ' class="decided"' : ''}>${text}</li>`;
    });
  });
  if (left > 0) sentences.push(`<li>and ${left} more</li>`);
  const trials = lines.map(({ row }) => row.trials);
  const [fewest, most] = [Math.min(...trials), Math.max(...trials)];
  const over = most === 1 ? 'one trial' : `the same ${fewest < most ? `${fewest} to ${most}` : most} trials`;
  const [first, ...rest] = new Set(lines.map(({ a }) => a));
  const about = `Against ${escapeHtml(rest.length > 0 ? lines[0]!.row.a.scheme : first!)}, over ${over}`;
  const more = 'more under <a href="#compare-section">Paired differences</a>';
  return [
    `<p class="note">${about}${hasClaim ? ' (no verdict on what the config says)' : ''}; ${more}:</p>`,
    `<ul class="verdict">${sentences.join('')}</ul>`,
  ].join('\n');
}

/** Whether one side is better under every condition. */
function isDecided(pair: readonly PairedLine[]): boolean {
  const [{ verdict: first }] = pair as [PairedLine];
  return (first === 'a' || first === 'b') && pair.every(({ verdict, row }) => verdict === first && row.trials > 1);
}

function pairSentence(pair: readonly PairedLine[]): string {
  const [first] = pair;
  const { a, b, row } = first!;
  if (pair.length === 1) {
    const where = first!.condition === '' ? '' : ` (${first!.condition})`;
    return `${verdictText(first!)}; ${a} − ${b} = ${intervalText(row)}${where}.`;
  }
  const count = (which: PairedLine['verdict']) => pair.filter(({ verdict }) => verdict === which).length;
  const [of, untold, unlike] = [pair.length, count('untold'), count('unlike')];
  if (unlike === of) return `${a} and ${b} are not over the same queries: no verdict.`;
  if (untold === of) return `${a} and ${b} are not told apart under any of ${of} conditions.`;
  const [more, less] = count('a') > count('b') ? ([a, b] as const) : ([b, a] as const);
  const [won, lost] = [Math.max(count('a'), count('b')), Math.min(count('a'), count('b'))];
  const rest = [
    ...(lost > 0 ? [`worse under ${lost}`] : []),
    ...(untold > 0 ? [`not told apart under ${untold}`] : []),
    ...(unlike > 0 ? [`not over the same queries under ${unlike}`] : []),
  ];
  const where = won === of ? `all ${of} conditions` : `${won} of ${of} conditions`;
  return `${[`${more} is better than ${less} under ${where}`, ...rest].join(', ')}.`;
}
