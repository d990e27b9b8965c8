import { metrics } from '../metrics/table.ts';
import { escapeHtml, markdownRow } from '../util/markdown.ts';
import type { Candidate } from './candidates.ts';
import type { Advice, Goal, Judged } from './choose.ts';

/** What was asked, for the sentence above the table. */
export interface Question {
  readonly model: string;
  readonly dataset: string;
  readonly K: number;
  /** Who is late and who lies, in words. */
  readonly faults: string;
  readonly goal: Goal;
  /** Workers that may be used at most. */
  readonly most: number;
  /** Whether no worker may see a query. */
  readonly isPrivate: boolean;
}

/** The verdict: one sentence for the answer, and what has to be said with it. */
export function verdictLines({ K, goal, most, isPrivate }: Question, { best, rows }: Advice): string[] {
  const wanted = `${metrics.get(goal.metric).label} of ${metrics.get(goal.metric).better === 'lower' ? 'at most' : 'at least'} ${goal.value}`;
  const answer = best
    ? `${best.name === 'Replication' ? 'Replicate' : `Use ${best.name}`}: N = ${best.N} workers for K = ${K} queries reach a ${wanted} (95 % interval ${intervalText(best)}).`
    : `Nothing that was tried up to N = ${most} workers reaches a ${wanted} for sure; nearest: ${rows[0] ? `${rows[0].name} at N = ${rows[0].N}, ${intervalText(rows[0])}` : 'none ran'}.`;
  const next = rows.find((row) => row.reaches === 'yes' && row !== best);
  return [
    answer,
    ...(best && next ? [`The next is ${next.name} with N = ${next.N}.`] : []),
    ...(isPrivate
      ? [
          'Privacy: no scheme here keeps queries of a network private from workers that collude. A mixture hides a query from the eye, ' +
            'not from an attack; T-privacy is proved for exact codes over a finite field (kind: training), and for none of these.',
        ]
      : []),
  ];
}

function intervalText({ low, high }: Judged): string {
  return `${short(low)} to ${short(high)}`;
}

function short(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : '–';
}

function timeText(seconds: number): string {
  return seconds >= 1e-3 ? `${short(seconds * 1e3)} ms` : `${Math.round(seconds * 1e6)} µs`;
}

/** The answer as Markdown: verdict, table, what the numbers are. */
export function adviceMarkdown(question: Question, advice: Advice, candidates: readonly Candidate[]): string {
  const { model, dataset, K, faults, goal } = question;
  const of = (name: string) => candidates.find((candidate) => candidate.name === name);
  const header = [
    'scheme',
    'N',
    'N / K',
    `${metrics.get(goal.metric).label} (95 %)`,
    'reaches it',
    'trials',
    'master',
    'a worker sees',
    'assumes',
  ];
  const rows = advice.rows.map((row) => [
    row.name,
    String(row.N),
    short(row.N / K),
    `${short(row.mean)} [${short(row.low)}, ${short(row.high)}]`,
    row.reaches,
    String(row.trials),
    timeText(row.master),
    of(row.name)?.sees ?? '',
    of(row.name)?.assumes ?? '',
  ]);
  return [
    `${escapeHtml(`${model} on ${dataset}`)}, K = ${K}; ${faults}.`,
    '',
    ...verdictLines(question, advice),
    '',
    markdownRow(header),
    markdownRow(header.map(() => '---')),
    ...rows.map(markdownRow),
    '',
    'A row has the fewest workers of the sweep whose whole 95 % interval reaches the target, or the best that was tried. Costs are',
    'workers for a batch, and the time of encoding and decoding on this machine; workers also have to be waited for.',
    '',
  ].join('\n');
}
