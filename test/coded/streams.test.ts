import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { tinyTrials } from '../helpers/tiny.ts';

const uncertain = { replication: { fallback: 'random', placement: 'block' } };

/** What each cell measured in each trial, by what the cell is: all key columns but the label. */
async function byCell(more: object): Promise<Map<string, Record<string, unknown>[]>> {
  const { plan, results } = await tinyTrials(2, { K: 6, N: 18, ...more });
  return new Map(
    plan.cells.map(({ index, entry, key: { scheme: _, ...key } }) => [
      JSON.stringify([entry.scheme, key]),
      results.map(({ cells, failures }) => ({
        ...cells[index],
        failures: failures.filter(({ cell }) => cell === index).map(({ reason }) => reason),
      })),
    ]),
  );
}

/** The values of `trial` that `other` has too: which metrics have columns is a matter of the whole run. */
function common(trial: Record<string, unknown>, other: Record<string, unknown>) {
  return Object.entries(trial).filter(([name]) => name in other);
}

test('a random fallback does not depend on which other cells there are', async () => {
  const of = async (S: number[]) => (await tinyTrials(1, { N: 12, S, schemes: [uncertain] })).results[0]!.cells.at(-1);
  expect(await of([2, 4])).toEqual(await of([4]));
});

test('a cell measures the same when others are added, removed, reordered or renamed', async () => {
  const schemes = [
    uncertain,
    { uncoded: { fallback: 'random' } },
    'bacc',
    'approxifer',
    { nercc: { lambdaDec: 1e-5 } },
    { kriging: { locator: 'kriging' } },
  ];
  const some = <T>(values: readonly T[]) => fc.shuffledSubarray([...values], { minLength: 1 });
  const settings = fc.record({
    schemes: some(schemes.map((_, place) => place)),
    S: some([0, 2, 4]),
    E: some([0, 1]),
    output: some(['logits', 'softmax']),
    stragglers: some<unknown>(['uniform', 'contiguous', { bernoulli: 0.4 }]),
    attack: some(['gaussian', 'collusion']),
    patterns: fc.constant(2),
  });
  await fc.assert(
    fc.asyncProperty(settings, settings, fc.string({ minLength: 1, maxLength: 3 }), async (a, b, mark) => {
      const labelled = (label: (place: number) => string) => (place: number) => {
        const entry = schemes[place]!;
        const [name, options] = typeof entry === 'string' ? [entry, {}] : Object.entries(entry)[0]!;
        return { [name]: { ...options, label: label(place) } };
      };
      const first = await byCell({ ...a, schemes: a.schemes.map(labelled(String)) });
      const second = await byCell({ ...b, schemes: b.schemes.map(labelled((place) => `${mark}${9 - place}`)) });
      for (const [cell, trials] of first)
        second.get(cell)?.forEach((trial, place) => {
          expect(common(trial, trials[place]!)).toEqual(common(trials[place]!, trial));
        });
    }),
    { numRuns: 15 },
  );
}, 120_000);
