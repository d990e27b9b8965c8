import type { SummaryRow } from '../results/read.ts';
import type { KeyColumn } from '../results/schema.ts';
import { leastLosses } from '../results/until.ts';
import { groupBy } from '../util/group.ts';
import { counted, longestLine } from '../util/text.ts';
import { describeKey, keyDigits } from './keys.ts';

/** What ended runs that have `until:`, in words: a sentence for each of their ends. */
export function stopNotes(rows: readonly SummaryRow[], rowKeys: readonly KeyColumn[]): string[] {
  return [...groupBy(rows, ({ stoppedBy }) => stoppedBy)].flatMap(([stop, own]) => {
    if (stop === 'undecided') return [undecided(own, rowKeys)];
    const text = stops.get(stop);
    return text === undefined ? [] : [text];
  });
}

const stops: ReadonlyMap<string | undefined, string> = new Map([
  ['precision', 'Ended as asked: every interval is narrow enough.'],
  ['decided', 'Ended as asked: every difference is decided, or its interval is narrow enough.'],
]);

/** Why quantities held a run up, by the word that `held_up_by` has for it. */
const reasons: ReadonlyMap<string | undefined, string> = new Map([
  ['wide', 'Intervals wider than asked (with several looks they are wider than the ordinary ones)'],
  ['unclear', 'Differences from the reference whose intervals are wider than asked and hold 0'],
  ['few', `Too few trials that differ (fewer than ${leastLosses} from the most frequent value)`],
]);

/** Quantities that are named; of more their number is said. */
const mostNamed = 3;

/**
 * How far the quantities are that a run with `until:` did not settle, for its notices; undefined where it settled them all.
 */
export function undecidedIn(rows: readonly SummaryRow[], rowKeys: readonly KeyColumn[]): string | undefined {
  const own = rows.filter(({ stoppedBy }) => stoppedBy === 'undecided');
  if (own.length === 0) return undefined;
  for (let most = mostNoticed; ; most--) {
    const { text, named } = undecidedNames(own, rowKeys, most);
    if (most === 1 || (named <= mostNoticed && text.length <= longestLine)) return text;
  }
}

/** The same in a notice, which is read once: for all reasons together, and fewer where names are so long that the line would be cut. */
const mostNoticed = 12;

function undecided(rows: readonly SummaryRow[], rowKeys: readonly KeyColumn[]): string {
  return undecidedNames(rows, rowKeys, mostNamed).text;
}

/** @param most quantities that are named for each reason */
function undecidedNames(
  rows: readonly SummaryRow[],
  rowKeys: readonly KeyColumn[],
  most: number,
): { readonly text: string; readonly named: number } {
  let named = 0;
  const digits = keyDigits(rows.map(({ key }) => key));
  const open = rows.flatMap(({ key, heldUpBy = '' }) => {
    const where = describeKey(key, rowKeys, digits);
    const found = heldUpBy.split('; ').map((text) => text.split(' '));
    return found.map(([metric, why, reached]) => {
      const details = [where, reachedText(reached)].filter((text) => text !== '').join('; ');
      return { why, name: `${metric} of ${key.scheme}${details && ` (${details})`}` };
    });
  });
  const parts = [...groupBy(open, ({ why }) => why)].flatMap(([why, quantities]) => {
    const reason = reasons.get(why);
    if (!reason) return []; // rows that held nothing up
    const names = quantities.slice(0, most).map(({ name }) => name);
    const more = quantities.length - names.length;
    named += names.length;
    return [`${reason}: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`];
  });
  const text = ['What until: asks for is undecided at the largest number of trials.', ...parts, goingOn(rows)].join(
    ' ',
  );
  return { text, named };
}

/** What to do about it. An interval shrinks with the root of the trials, and each further look widens it. */
function goingOn(rows: readonly SummaryRow[]): string {
  const again = 'More trials (--max-trials) go on from these';
  if (rows.some(({ heldUpBy = '' }) => / few\b/.test(heldUpBy))) return `${again}; what never differs stays undecided.`;
  const needed = rows.flatMap(({ trials, heldUpBy = '' }) =>
    [...heldUpBy.matchAll(/([\d.e+-]+)%\/([\d.e+-]+)%/g)].map(
      ([, found, asked]) => trials * (Number(found) / Number(asked)) ** 2,
    ),
  );
  const most = Math.max(...needed);
  if (!Number.isFinite(most)) return `${again}.`;
  const step = 10 ** Math.max(0, Math.floor(Math.log10(most)) - 1);
  return `${again}; the widest interval needs ${(step * Math.ceil(most / step)).toLocaleString('en-US')} at least.`;
}

/** `7.1%/5%` or `12/30` in words; empty for files from before these were kept. */
function reachedText(reached: string | undefined): string {
  const [found, asked] = reached?.split('/') ?? [];
  if (asked === undefined) return '';
  if (!asked.endsWith('%')) return counted(Number(found), 'trial');
  return found === 'inf' ? `of a mean of 0, asked ±${asked}` : `±${found} of the mean, asked ±${asked}`;
}
