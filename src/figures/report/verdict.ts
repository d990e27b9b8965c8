import { measuredByName } from '../../metrics/measured.ts';
import type { Manifest } from '../../results/manifest.ts';
import type { SummaryRow } from '../../results/read.ts';
import { intervalText } from '../../tables/cells.ts';
import { type PairedLine, verdictText } from '../../tables/paired.ts';
import { groupBy } from '../../util/group.ts';
import { escapeHtml } from './html.ts';

/** What a reader wants first: the claim of the config, whether the trials bear it, whether the run is whole. */
export function verdictHtml(
  manifest: Manifest,
  lines: readonly PairedLine[],
  rows: readonly SummaryRow[],
  failures: number,
): string {
  const claim = claimOf(manifest.written ?? '');
  const sentences = verdictSentences(lines);
  const cells = rows.length;
  const trials = Math.max(0, ...rows.map((row) => row.trials));
  const status = [
    manifest.status === 'running' ? 'Not finished' : 'Finished',
    cells > 0 ? `${cells} ${cells === 1 ? 'cell' : 'cells'} over ${trials} ${trials === 1 ? 'trial' : 'trials'}` : '',
    failures > 0 ? `${failures} failed` : cells > 0 ? 'none failed' : '',
  ];
  return [
    claim && `<p class="claim">${escapeHtml(claim)}</p>`,
    sentences.length > 0
      ? `<ul class="verdict">${sentences.map((text) => `<li>${escapeHtml(text)}</li>`).join('')}</ul>`
      : '',
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

/** A sentence a metric and pair of schemes. */
function verdictSentences(lines: readonly PairedLine[]): string[] {
  const byMetric = [...groupBy(lines, ({ metric }) => metric)].slice(0, mostMetrics);
  return byMetric.flatMap(([metric, of]) =>
    [...groupBy(of, ({ a, b }) => JSON.stringify([a, b])).values()]
      .slice(0, mostSchemes)
      .map((pair) => `${measuredByName(metric).label}: ${pairSentence(pair)}`),
  );
}

function pairSentence(pair: readonly PairedLine[]): string {
  const [first] = pair;
  const { a, b, row } = first!;
  if (pair.length === 1) return `${verdictText(first!)}; ${a} − ${b} = ${intervalText(row)}.`;
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
