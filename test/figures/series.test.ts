import { readdirSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inferenceFigures as runFigures } from '../../src/figures/choose.ts';
import type { Figure } from '../../src/figures/figure.ts';
import { defaultRequests, figureData } from '../../src/figures/request.ts';
import { type Arrangement, type Axes, arrange } from '../../src/figures/series.ts';
import { hasFollowingLambda } from '../../src/results/cells.ts';
import { readManifest, readSummary, type SummaryRow } from '../../src/results/read.ts';
import { type KeyColumn, keyColumns } from '../../src/results/schema.ts';
import { keyText } from '../../src/tables/keys.ts';
import { temporaryFolder } from '../helpers/folder.ts';
import { manifest, summaryRow } from '../helpers/run.ts';

const references = path.join(import.meta.dirname, '..', '..', 'results', 'reference');

const values = [1, 2, 3];

/** What is wrong with an arrangement: lines that join what differs in more than x, or have two cells at one x. */
function faults(arrangements: readonly Arrangement[], { x }: Axes): string[] {
  return arrangements.flatMap(({ panels }) =>
    panels.flatMap(({ lines }) =>
      lines.flatMap(({ series, rows, along }) => {
        const places = rows.map(({ key }) => keyText(key, x));
        const doubled = new Set(places).size < rows.length ? [`${series} has two cells at one ${x}`] : [];
        const differing = keyColumns.filter(
          (key) =>
            key !== x &&
            new Set(
              rows.map((row) => (key.startsWith('lambda') && hasFollowingLambda(row.key) ? '' : keyText(row.key, key))),
            ).size > 1,
        );
        const joined =
          along.length === 0 && differing.length > 0 ? [`${series} joins cells of other ${differing}`] : [];
        return [...doubled, ...joined];
      }),
    ),
  );
}

/** Lines as they are drawn: a series has one point at each x of a panel. */
function drawnFaults({ name, picture }: Figure): string[] {
  return picture.panels.flatMap(({ marks }) =>
    marks.flatMap((mark) => {
      if (mark.kind !== 'line') return [];
      const xs = mark.points.map(({ x }) => x);
      const increasing = xs.every((x, i) => i === 0 || x > xs[i - 1]!);
      return increasing ? [] : [`${name}: ${mark.series} goes back or stands still at ${xs}`];
    }),
  );
}

/** Random summaries: any of the keys may vary, with anything. */
const rowsOf = fc
  .uniqueArray(
    fc.record({
      scheme: fc.constantFrom('BACC', 'NeRCC', 'ParM'),
      K: fc.constantFrom(2, 4),
      N: fc.constantFrom(8, 10, 12),
      S: fc.constantFrom(0, 1, 2, undefined),
      E: fc.constantFrom(0, 1),
      output: fc.constantFrom('logits', 'softmax'),
      lambda_dec: fc.constantFrom(undefined, 0, 1e-6),
      stragglers: fc.constantFrom('uniform', 'bernoulli(p=0.1)'),
      attack: fc.constantFrom('', 'sign-flip'),
      options: fc.constantFrom('', 'nodes=legacy', 'tune=true'),
    }),
    {
      maxLength: 30,
      // a tuned λ does not make another cell
      selector: (key) =>
        JSON.stringify({
          ...key,
          lambda_dec: key.options === 'tune=true' ? '' : (key.lambda_dec ?? 'none'),
          S: key.S ?? 'none',
        }),
    },
  )
  .map((keys) => keys.map((key) => summaryRow(key, { mse: values, relacc: [0.9, 0.95, 1] })));

const axesOf = fc
  .record({
    x: fc.constantFrom<KeyColumn>('S', 'N', 'K', 'E', 'lambda_dec', 'attack', 'output'),
    by: fc.constantFrom<KeyColumn>('scheme', 'K', 'attack', 'options'),
    facet: fc.option(fc.constantFrom<KeyColumn>('N', 'stragglers', 'order'), { nil: undefined }),
  })
  .filter(({ x, by, facet }) => x !== by && x !== facet)
  .map(({ x, by, facet }): Axes => (facet ? { x, by, facet } : { x, by }));

describe('a line joins only what differs in x and in nothing else', () => {
  it('in random summaries: no series has two points at one x, and no cell is lost or doubled', () => {
    fc.assert(
      fc.property(rowsOf, axesOf, (rows, axes) => {
        const arrangements = arrange(rows, axes);
        expect(faults(arrangements, axes)).toEqual([]);
        const shown = arrangements.flatMap(({ panels }) =>
          panels.flatMap(({ lines }) => lines.flatMap((line) => line.rows)),
        );
        for (const row of rows) expect(shown).toContain(row);
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it('in the figures that random summaries get when nothing is asked for', () => {
    fc.assert(
      fc.property(rowsOf, fc.boolean(), (rows, settings) => {
        const config = { ...manifest().config, ...(settings && { settings: [{}, {}] }) };
        const figures = runFigures(temporaryFolder(), manifest({ config }), rows);
        expect(figures.flatMap(drawnFaults)).toEqual([]);
      }),
      { seed: 11, numRuns: 60 },
    );
  });

  for (const name of readdirSync(references)) {
    it(`in the figures of ${name}`, () => {
      const folder = path.join(references, name);
      const rows = readSummary(folder);
      const meta = readManifest(folder);
      const asked = meta.config.figures as { x: KeyColumn; y: 'mse'; by?: KeyColumn; facet?: KeyColumn }[] | undefined;
      const requests =
        asked?.map((request) => ({ ...request, by: request.by ?? ('scheme' as const) })) ??
        defaultRequests(rows, 'mse', Array.isArray(meta.config.settings));
      for (const request of requests) {
        for (const { request: shown, arrangement } of figureData(rows, request)) {
          if (shown.x !== 'scheme') expect(faults([arrangement], shown)).toEqual([]);
        }
      }
      const figures = runFigures(folder, meta, rows);
      expect(figures.flatMap(drawnFaults)).toEqual([]);
      expect(figures.length).toBeGreaterThan(0);
      expect(figures.length).toBeLessThan(12);
      expect(new Set(figures.map((figure) => JSON.stringify('picture' in figure && figure.picture))).size).toBe(
        figures.length,
      );
    });
  }
});

const cells = (keys: readonly Parameters<typeof summaryRow>[0][]): SummaryRow[] =>
  keys.map((key) => summaryRow(key, { mse: values }));
const shapeOf = (arrangements: readonly Arrangement[]) =>
  arrangements.map(({ part, panels }) => ({
    ...part,
    panels: panels.map(
      ({ heading, lines }) =>
        `${heading}: ${lines.map(({ series, rows, along }) => `${series}×${rows.length}${along.length > 0 ? ` along ${along}` : ''}`).join(', ')}`,
    ),
  }));

describe('what splits a figure', () => {
  it('by: K with two schemes: a panel for each scheme, which the lines do not share', () => {
    const rows = cells(
      [2, 4].flatMap((K) =>
        [10, 12].flatMap((N) => [
          { scheme: 'BACC', K, N, S: 3 },
          { scheme: 'NeRCC0', K, N, S: 3, lambda_enc: 0, lambda_dec: 0 },
        ]),
      ),
    );
    expect(shapeOf(arrange(rows, { x: 'N', by: 'K' }))).toEqual([
      { panels: ['scheme = BACC: 2×2, 4×2', 'scheme = NeRCC0: 2×2, 4×2'] },
    ]);
  });

  it('an output has a picture of its own, another K a panel', () => {
    const rows = cells(
      ['logits', 'softmax'].flatMap((output) => [8, 12].flatMap((K) => [0, 1, 2].map((S) => ({ output, K, S })))),
    );
    expect(shapeOf(arrange(rows, { x: 'S', by: 'scheme' }))).toEqual([
      { output: 'logits', panels: ['K = 8: BACC×3', 'K = 12: BACC×3'] },
      { output: 'softmax', panels: ['K = 8: BACC×3', 'K = 12: BACC×3'] },
    ]);
  });

  it('a number that follows x is named and not joined', () => {
    const rows = cells([8, 10, 12].map((K) => ({ K, N: K + 1, S: 1 })));
    expect(shapeOf(arrange(rows, { x: 'K', by: 'scheme' }))).toEqual([{ panels: [': BACC×3 along N'] }]);
  });

  it('settings that a number joins in parts are panels', () => {
    const rows = cells([
      { K: 2, N: 3, S: 0 },
      { K: 2, N: 3, S: 1 },
      { K: 4, N: 6, S: 1 },
      { K: 4, N: 6, S: 2 },
    ]);
    expect(shapeOf(arrange(rows, { x: 'S', by: 'scheme' }))).toEqual([{ panels: ['K = 2: BACC×2', 'K = 4: BACC×2'] }]);
  });

  it('a λ that was tuned or that a rule gave does not; one that the config gives does', () => {
    for (const options of ['tune=true', 'lambda=noiseless', 'lambda=0.01*noiseless']) {
      const following = cells([0, 1, 2].map((S) => ({ S, lambda_dec: 10 ** -S, options })));
      expect(shapeOf(arrange(following, { x: 'S', by: 'scheme' }))).toEqual([{ panels: [': BACC×3'] }]);
    }
    const swept = cells([0, 1].flatMap((S) => [0, 1e-6].map((lambda_dec) => ({ S, lambda_dec }))));
    expect(shapeOf(arrange(swept, { x: 'S', by: 'scheme' }))).toEqual([
      { panels: ['λ_dec = 0: BACC×2', 'λ_dec = 10⁻⁶: BACC×2'] },
    ]);
  });

  it('cells that are equal in every key are refused', () => {
    const twice = cells([{ S: 1 }, { S: 1 }]);
    expect(() => arrange(twice, { x: 'S', by: 'scheme' })).toThrow(
      /two cells are one point of a figure: BACC \(K = 20/,
    );
  });
});
