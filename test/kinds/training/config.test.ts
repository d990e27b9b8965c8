import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { ConfigIssue } from '../../../src/config/issues.ts';
import { readConfig } from '../../../src/config/load.ts';
import { trainingCells } from '../../../src/kinds/training/cells.ts';
import { parseTrainingConfig } from '../../../src/kinds/training/config.ts';
import { trainingSchemes } from '../../../src/kinds/training/schemes.ts';
import { config, document } from './helpers.ts';

const regression = (changes: Record<string, unknown>) => ({ model: { logisticRegression: changes } });

describe('a config of kind: training', () => {
  it('has defaults for all but data, sizes and schemes', () => {
    const { attack: _, ...minimal } = document(regression({}));
    const parsed = parseTrainingConfig(minimal);
    expect(parsed.model.logisticRegression).toMatchObject({
      pixelBits: 4,
      weightBits: 10,
      errorBits: 6,
      q: 33_554_393,
      T: 0,
    });
    expect(parsed).toMatchObject({ trials: 1, seed: 1, faults: [{ S: 0, E: 0 }], attack: [] });
    expect(parsed.stragglers).toMatchObject({ clock: ['simulated'], slowdown: [7], bandwidth: 1000 });
    expect(parsed.schemes.map(({ label }) => label)).toEqual(['Uncoded', 'LCC', 'StaticVCC', 'AVCC']);
  });

  it('takes the product of S and E, or the pairs of stragglers.faults', () => {
    expect(config({ S: [0, 1], E: { from: 0, to: 1, step: 1 } }).faults).toEqual([
      { S: 0, E: 0 },
      { S: 0, E: 1 },
      { S: 1, E: 0 },
      { S: 1, E: 1 },
    ]);
    const pairs = [
      { S: 2, E: 1 },
      { S: 0, E: 0 },
    ];
    const parsed = config({
      stragglers: { faults: pairs, slowdown: [2, 7] },
      attack: [{ reversal: 1 }, { constant: 3 }],
    });
    expect(parsed.faults).toEqual(pairs);
    // a condition without liars is run once, not once an attack
    expect(trainingCells(parsed)).toHaveLength(4 * (2 * 2 + 2));
  });

  it('gives schemes labels and options', () => {
    const parsed = config({
      schemes: ['mds', { lcc: { E: 1, label: 'LCC-1' } }, 'avcc', { avcc: { recode: 'always', label: 'AVCC-always' } }],
    });
    expect(parsed.schemes).toEqual([
      { name: 'mds', label: 'MDS', wrongAnswers: 'trust', recode: 'never' },
      { name: 'lcc', label: 'LCC-1', wrongAnswers: 'correct', recode: 'never', E: 1 },
      { name: 'avcc', label: 'AVCC', wrongAnswers: 'verify', recode: 'paying' },
      { name: 'avcc', label: 'AVCC-always', wrongAnswers: 'verify', recode: 'always' },
    ]);
  });

  it('gives each scheme its code: masks only where answers are checked for, all workers where there is no redundancy', () => {
    const sizes = { K: 6, N: 12, T: 2 };
    const codes = trainingSchemes.entries.map(({ name, code }) => [name, code(sizes)]);
    expect(Object.fromEntries(codes)).toEqual({
      uncoded: { K: 12, N: 12, T: 0 },
      mds: { K: 6, N: 12, T: 0 },
      lcc: sizes,
      'static-vcc': sizes,
      avcc: sizes,
    });
  });

  it('is what every file in configs/avcc holds', () => {
    const folder = fileURLToPath(new URL('../../../configs/avcc/', import.meta.url));
    const files = readdirSync(folder);
    expect(files.length).toBeGreaterThan(6);
    for (const file of files) {
      const { data } = readConfig(path.join(folder, file));
      expect(parseTrainingConfig(data).name).toBe(`avcc-${file.replace('.yaml', '')}`);
    }
  });

  it('refuses what cannot be run, with the place and the bound', () => {
    const faults: [Record<string, unknown>, (string | number)[], RegExp][] = [
      [regression({ q: 33_554_394 }), ['model', 'logisticRegression', 'q'], /not an odd prime; .* 33554393/],
      [regression({ q: 2 ** 31 - 1 }), ['model', 'logisticRegression', 'q'], /below 2\^26/],
      [regression({ T: 12 }), ['model', 'logisticRegression', 'T'], /T < N/],
      [regression({ T: 4 }), ['N'], /N ≥ \(K\+T-1\)·degree \+ 1 = 13/],
      [regression({ iterations: 0 }), ['model', 'logisticRegression', 'iterations'], /at least 1/],
      [{ K: 13 }, ['N'], /= 13/],
      [{ schemes: [{ lcc: { E: 2 } }] }, ['schemes', 0], /N ≥ K \+ T \+ 2E = 13/],
      [{ schemes: ['lcc', 'lcc'] }, ['schemes', 1], /label "LCC"/],
      [{ schemes: ['avc'] }, ['schemes', 0], /expected one of uncoded, mds, lcc, static-vcc, avcc/],
      [{ schemes: [{ avcc: { recode: 'often' } }] }, ['schemes', 0, 'avcc', 'recode'], /paying, always/],
      [{ S: [9], E: [4] }, ['S'], /more than N = 12/],
      [{ S: [1], stragglers: { faults: [{ S: 1, E: 0 }] } }, ['S'], /not both/],
      [{ E: [1], attack: undefined }, [], /no attack/],
      [{ attack: { gaussian: 1 } }, ['attack'], /gaussian is not defined over a finite field/],
      [{ attack: { reversal: 1.5 } }, ['attack'], /whole number, found 1.5/],
      [{ dataset: { mnist: { classes: [4, 4] } } }, ['dataset', 'mnist', 'classes'], /two different digits/],
      [{ lambda: 1 }, ['lambda'], /unknown key/],
      [
        {
          stragglers: {
            changes: [
              { iteration: 5, S: 1, E: 0 },
              { iteration: 5, S: 0, E: 0 },
            ],
          },
        },
        ['stragglers', 'changes'],
        /order/,
      ],
    ];
    for (const [changes, path, message] of faults) {
      const attempt = () => parseTrainingConfig(document(changes));
      expect(attempt).toThrow(message);
      try {
        attempt();
      } catch (error) {
        expect((error as ConfigIssue).path).toEqual(path);
      }
    }
  });
});
