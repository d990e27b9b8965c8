import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { MetricName } from '../../src/metrics/table.ts';
import { readSummary, type SummaryRow } from '../../src/results/read.ts';
import type { CellKey } from '../../src/results/schema.ts';

/**
 * What the ApproxIFER and ParM papers claim and any base model must show, checked on the committed results. The figures of
 * the papers appear to come from legacy nodes, so the claims are about those.
 */
const root = fileURLToPath(new URL('../../results/reference/', import.meta.url));
const cells = new Map<string, SummaryRow[]>();
const has = (experiment: string) => existsSync(path.join(root, experiment, 'summary.csv'));

/** Mean of a metric in the one cell that the key names. */
function mean(experiment: string, metric: MetricName, key: Partial<CellKey>): number {
  if (!cells.has(experiment)) cells.set(experiment, readSummary(path.join(root, experiment)));
  const matching = cells
    .get(experiment)!
    .filter((row) => Object.entries(key).every(([name, value]) => row.key[name as keyof CellKey] === value));
  expect(matching.length, `cells of ${experiment} with ${JSON.stringify(key)}`).toBe(1);
  return matching[0]!.metrics.get(metric)!.mean;
}

const legacy = 'ApproxIFER-legacy';
const suffixes = { mnist: '', fashion: '-fashion', cifar10: '-cifar10' } as const;

for (const dataset of ['mnist', 'fashion', 'cifar10'] as const) {
  const versus = `approxifer-vs-parm-${dataset}`;
  describe.skipIf(!has(versus))(`against ParM on ${dataset}`, () => {
    const degraded = (scheme: string, K: number) => mean(versus, 'degraded', { scheme, K });

    it('ApproxIFER changes by at most 3 points from K = 8 to 12, and ParM falls', () => {
      expect(Math.abs(degraded(legacy, 8) - degraded(legacy, 12))).toBeLessThanOrEqual(0.03);
      expect(degraded('ParM', 10)).toBeLessThan(degraded('ParM', 8));
      expect(degraded('ParM', 12)).toBeLessThan(degraded('ParM', 10));
    });

    it('the gap to ParM grows with K', () => {
      const gap = (K: number) => degraded(legacy, K) - degraded('ParM', K);
      expect(gap(10)).toBeGreaterThan(gap(8));
      expect(gap(12)).toBeGreaterThan(gap(10));
      if (dataset === 'cifar10') expect(gap(12)).toBeGreaterThanOrEqual(0.4);
    });

    it('replication at the same N has the better accuracy over all queries', () => {
      for (const K of [8, 10, 12]) {
        const overall = (scheme: string) => mean(versus, 'overall', { scheme, K });
        expect(overall('Replication')).toBeGreaterThan(overall(legacy));
        expect(overall('Replication')).toBeGreaterThan(overall('ApproxIFER'));
      }
    });
  });

  const stragglers = `approxifer-stragglers${suffixes[dataset]}`;
  describe.skipIf(!has(stragglers))(`stragglers on ${dataset}`, () => {
    const degraded = (scheme: string, K: number, S: number) => mean(stragglers, 'degraded', { scheme, K, S });

    it.each([8, 12])('legacy nodes lose accuracy from S = 1 to 3, K = %i', (K) => {
      expect(degraded(legacy, K, 2)).toBeLessThan(degraded(legacy, K, 1));
      expect(degraded(legacy, K, 3)).toBeLessThan(degraded(legacy, K, 2));
    });

    it.each([8, 12])('default nodes have their worst case at S = 1, K = %i', (K) => {
      expect(degraded('ApproxIFER', K, 1)).toBeLessThan(degraded('ApproxIFER', K, 2));
      expect(degraded('ApproxIFER', K, 1)).toBeLessThan(degraded('ApproxIFER', K, 3));
    });

    const byzantine = `approxifer-byzantine-e${suffixes[dataset]}`;
    it.skipIf(!has(byzantine))('Byzantine accuracy is above it, and within 5 points over E', () => {
      const accuracies = [1, 2, 3].map((E) => mean(byzantine, 'accuracy', { scheme: legacy, E }));
      for (const accuracy of accuracies) expect(accuracy).toBeGreaterThan(degraded(legacy, 12, 1));
      expect(Math.max(...accuracies) - Math.min(...accuracies)).toBeLessThanOrEqual(0.05);
    });

    const noise = `approxifer-byzantine-sigma${suffixes[dataset]}`;
    it.skipIf(!has(noise))('and within 5 points over the deviation of the noise', () => {
      const accuracies = [1, 10, 100].map((sigma) =>
        mean(noise, 'accuracy', { scheme: legacy, attack: `gaussian(${sigma})` }),
      );
      expect(Math.max(...accuracies) - Math.min(...accuracies)).toBeLessThanOrEqual(0.05);
    });
  });
}

describe.skipIf(!has('approxifer-byzantine-attacks'))('attacks', () => {
  const recall = (scheme: string, attack: string) =>
    mean('approxifer-byzantine-attacks', 'locate_recall', { scheme, attack });

  it('the published locator finds about half of the liars, as an independent prototype did (0.59 and 0.49)', () => {
    expect(Math.abs(recall('ApproxIFER', 'gaussian(10)') - 0.59)).toBeLessThan(0.15);
    expect(Math.abs(recall('ApproxIFER', 'sign-flip') - 0.49)).toBeLessThan(0.1);
  });

  it('it finds fewer of the worst-placed ones', () => {
    expect(recall('ApproxIFER', 'gaussian(10)@worst')).toBeLessThan(0.5 * recall('ApproxIFER', 'gaussian(10)'));
  });
});
