import { expect, test } from 'vitest';
import { undecidedIn } from '../../src/tables/stops.ts';
import { longestLine, printable } from '../../src/util/text.ts';
import { summaryRow } from '../helpers/run.ts';

const rows = (count: number, heldUpBy: string, scheme = 'NeRCC0') =>
  Array.from({ length: count }, (_, i) => ({
    ...summaryRow({ scheme, N: 12 + i }, { mse: [1, 2] }),
    ...{ stoppedBy: 'undecided', heldUpBy },
  }));
const names = (text: string | undefined) => text?.match(/ of N/g)?.length;

test('the notice of an undecided run names twelve quantities at most, and is never cut in its middle', () => {
  const seven = undecidedIn(rows(7, 'mse wide 7.1%/1%'), ['N'])!;
  expect(names(seven)).toBe(7);
  expect(seven).toContain('mse of NeRCC0 (N=18; ±7.1% of the mean, asked ±1%).');
  const both = undecidedIn(rows(40, 'mse wide 7.1%/1%; relacc few 12/30'), ['N'])!;
  expect(names(both)).toBe(12);
  expect(both.match(/ and 34 more\./g)).toHaveLength(2);
  const long = undecidedIn(rows(40, 'mse wide 7.1%/1%', `N${'x'.repeat(300)}`), ['N'])!;
  expect(long).toMatch(/ and 3[4-9] more\. More trials/);
  for (const text of [seven, both, long]) expect(printable(text, longestLine)).toBe(text);
});
