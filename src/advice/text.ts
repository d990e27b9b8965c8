import { metrics } from '../metrics/table.ts';
import { carriedBy, type Goal, isExact, trialsText } from '../results/judge.ts';
import { fewestCarriers } from '../results/ratio.ts';
import { escapeHtml, markdownRow } from '../util/markdown.ts';
import { counted } from '../util/text.ts';
import type { Candidate } from './candidates.ts';
import { type Advice, type Judged, nearest, serves } from './choose.ts';

/** What was asked, for the sentence above the table. */
export interface Question {
  readonly model: string;
  readonly dataset: string;
  readonly K: number;
  /** Who is late and who lies, in words. */
  readonly faults: string;
  readonly goal: Goal;
  /** Numbers of workers that were tried, the largest last. */
  readonly tried: readonly number[];
  /** Whether no worker may see a query. */
  readonly isPrivate: boolean;
}

/** The verdict: one sentence for the answer, and what has to be said with it. */
export function verdictLines({ K, goal, tried, isPrivate }: Question, { best, below, rows }: Advice): string[] {
  const near = nearest(rows, goal, isPrivate);
  const answer = best
    ? `${best.name === 'Replication' ? 'Replicate' : `Use ${best.name}`}: N = ${best.N} workers for K = ${K} queries ${reached(best, goal)}.`
    : `Nothing that was tried up to N = ${tried.at(-1)} workers reaches ${goalText(goal)} for sure${isPrivate ? ' without sending a worker a query as it is' : ''}; nearest: ${near ? `${near.name} at N = ${near.N}, ${intervalText(near)}${undecodedText(near)}` : 'none ran'}.`;
  const next = rows.find((row) => serves(row, isPrivate) && row !== best);
  const open = rows.filter((row) => serves(row, false)).sort((a, b) => a.N - b.N)[0];
  return [
    answer,
    ...(best || near?.reaches === 'perhaps' ? fewLosses(best ?? near!, goal) : []),
    ...(below ? fewerWorkers(below, goal) : []),
    ...(best && next ? [`The next is ${next.name} with N = ${next.N}.`] : []),
    ...(isPrivate
      ? [
          ...(open && open !== best && (!best || open.N <= best.N)
            ? [`If a worker may see a query: ${open.name} with N = ${open.N}.`]
            : []),
          'Privacy: no scheme here keeps queries of a network private from workers that collude. A mixture hides a query from the eye, ' +
            'not from an attack; T-privacy is proved for exact codes over a finite field (kind: training), and for none of these.',
        ]
      : []),
  ];
}

/** What the next fewer workers show, where their interval itself is why they do not serve. */
function fewerWorkers(below: Judged, goal: Goal): string[] {
  const { low, high, reaches } = below;
  const isWithin = metrics.get(goal.metric).better === 'lower' ? high <= goal.value : low >= goal.value;
  if (isExact(goal) || isWithin) return [];
  return [
    `With N = ${below.N} ${reaches === 'no' ? 'it does not' : 'that is not sure'}: ${intervalText(below)}${undecodedText(below)}.`,
  ];
}

/** `RelAcc ≥ 0.99`, or `no error`. */
function goalText(goal: Goal): string {
  const { label, better } = metrics.get(goal.metric);
  return isExact(goal) ? 'no error' : `${label} ${better === 'lower' ? '≤' : '≥'} ${goal.value}`;
}

/** What was seen of the goal, and how sure that is. */
function reached(best: Judged, goal: Goal): string {
  if (best.isCertain) return 'are exact by counting: these faults cannot take the answer of any query';
  if (!isExact(goal)) return `reach ${goalText(goal)} (95 % interval ${intervalText(best)})`;
  // the rule of three: so many trials without an event
  return `had ${noError(best)} in ${counted(best.trials, 'trial')}, so fewer than ${short(300 / best.trials)} % of batches have one (95 %)`;
}

function noError({ mean }: Judged): string {
  return mean > 0 ? 'no error beyond rounding' : 'no error';
}

/** What has to be said where hardly a trial lost anything: the interval tells little of losses that are rare. */
function fewLosses(best: Judged, goal: Goal): string[] {
  if (best.isCertain) return [];
  if (best.faulty < fewestCarriers && metrics.get(goal.metric).unit !== 'share')
    return [
      `In ${best.faulty} of ${counted(best.trials, 'trial')} somebody was late, too few to be sure of what that costs: more --trials tell.`,
    ];
  const carriers = carriedBy(best, goal);
  const ruled = metrics.get(goal.metric).unit === 'share' || isExact(goal);
  if (carriers === undefined || carriers >= fewestCarriers || (carriers === 0 && ruled)) return [];
  return carriers === 0
    ? [
        `N${noError(best).slice(1)} was seen in ${counted(best.trials, 'trial')}: fewer than ${short(300 / best.trials)} % of batches have one (95 %), how large is not known.`,
      ]
    : [
        `What was lost comes from about ${Math.ceil(carriers)} of ${counted(best.trials, 'trial')}, too few to be sure of the interval: more --trials tell.`,
      ];
}

function intervalText({ low, high }: Judged): string {
  return `${short(low)} to ${short(high)}`;
}

/** Said of the nearest one: an interval of the trials that were decoded is none of all. */
function undecodedText({ trials, without, failed }: Judged): string {
  return failed > 0
    ? ` where it could be decoded; ${failed} of ${counted(trials + without + failed, 'trial')} could not`
    : '';
}

function short(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : '–';
}

function timeText(seconds: number): string {
  return seconds >= 1e-3 ? `${short(seconds * 1e3)} ms` : `${Math.round(seconds * 1e6)} µs`;
}

/** The table of the answer. */
interface AdviceTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function adviceTable({ K, goal }: Question, advice: Advice, candidates: readonly Candidate[]): AdviceTable {
  const { label } = metrics.get(goal.metric);
  const header = [
    'scheme',
    'N',
    'N / K',
    `${label} (95 %)`,
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
    trialsText(row, label),
    timeText(row.master),
    row.seesQuery ? 'a query' : 'a mixture',
    candidates.find(({ name }) => name === row.name)?.assumes ?? '',
  ]);
  return { header, rows };
}

/** What the question was, in a line. */
export function questionText({ model, dataset, K, faults }: Question): string {
  return `${model} on ${dataset}, K = ${K}; ${faults}.`;
}

/** What the numbers are. */
export function adviceNotes({ tried }: Question): string[] {
  return [
    `Tried: N = ${tried.join(', ')}. A row has the fewest of these workers whose whole 95 % interval reaches the target, or the best that was tried.`,
    'Costs are workers for a batch, and the time of encoding and decoding on this machine; workers also have to be waited for.',
  ];
}

/** The answer as Markdown: verdict, table, what the numbers are. */
export function adviceMarkdown(question: Question, advice: Advice, candidates: readonly Candidate[]): string {
  const { header, rows } = adviceTable(question, advice, candidates);
  return [
    escapeHtml(questionText(question)),
    '',
    ...verdictLines(question, advice),
    '',
    markdownRow(header),
    markdownRow(header.map(() => '---')),
    ...rows.map(markdownRow),
    '',
    ...adviceNotes(question),
    '',
  ].join('\n');
}
