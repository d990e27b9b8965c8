import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../../src/kinds/inference/config.ts';
import { tinyTrials } from '../helpers/tiny.ts';

const schemes = ['bacc', 'nercc', 'kriging'];

describe('batch: fixed', () => {
  it('decodes the first batch of the seed in every trial, under patterns of its own', async () => {
    const settings = { K: [4, 8], S: [6], schemes };
    const drawn = (await tinyTrials(6, settings)).results;
    const fixed = (await tinyTrials(6, { ...settings, batch: 'fixed' })).results;
    expect(fixed[0]).toEqual(drawn[0]);
    for (const cell of fixed[0]!.cells.keys()) {
      const values = fixed.map(({ cells }) => cells[cell]!);
      expect(new Set(values.map(({ base_accuracy }) => base_accuracy)).size).toBe(1);
      expect(new Set(values.map(({ mse }) => mse)).size).toBeGreaterThan(1);
    }
  });

  it('is the same in every trial where no worker is late', async () => {
    const { results } = await tinyTrials(4, { S: [0], schemes, batch: 'fixed' });
    for (const { cells } of results) expect(cells).toEqual(results[0]!.cells);
  });

  it('infers the batch once, however many trials there are', async () => {
    const one = await tinyTrials(1, { batch: 'fixed' });
    const many = await tinyTrials(7, { batch: 'fixed' });
    expect(many.inferred).toBe(one.inferred);
  });

  it('is part of what an experiment is, and its default is not', () => {
    const config = { name: 'x', model: 'lenet5-mnist', dataset: 'mnist', K: 4, N: 8, trials: 2, schemes: ['bacc'] };
    const resolved = (more: object) => JSON.stringify(parseExperiment({ ...config, ...more }));
    expect(resolved({ batch: 'drawn' })).toBe(resolved({}));
    expect(resolved({ batch: 'fixed' })).not.toBe(resolved({}));
    expect(() => parseExperiment({ ...config, batch: 'same' })).toThrow('drawn');
  });
});
