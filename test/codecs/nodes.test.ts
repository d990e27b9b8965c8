import { describe, expect, it } from 'vitest';
import {
  ascendingOrder,
  chebyshevFirstKind,
  chebyshevSecondKind,
  coincidentNodes,
  legacyWorkerNodes,
  workerNodes,
} from '../../src/codecs/nodes.ts';

const counts = [1, 2, 3, 4, 5, 7, 8, 20, 59, 60, 100, 257];

describe('Chebyshev nodes', () => {
  it('are the cosines of the papers', () => {
    for (const count of counts) {
      chebyshevFirstKind(count).forEach((node, k) => {
        expect(node).toBeCloseTo(Math.cos(((2 * k + 1) * Math.PI) / (2 * count)), 15);
      });
      legacyWorkerNodes(count).forEach((node, n) => {
        expect(node).toBeCloseTo(Math.cos((n * Math.PI) / count), 15);
      });
      if (count > 1) {
        chebyshevSecondKind(count).forEach((node, n) => {
          expect(node).toBeCloseTo(Math.cos((n * Math.PI) / (count - 1)), 15);
        });
      }
    }
    expect([...chebyshevSecondKind(1)]).toEqual([0]);
  });

  it('descend strictly, and symmetric ones are exact negatives', () => {
    for (const count of counts) {
      for (const nodes of [chebyshevFirstKind(count), chebyshevSecondKind(count)]) {
        nodes.forEach((node, i) => {
          expect(node).toBe(i * 2 + 1 === count ? 0 : -nodes[count - 1 - i]!);
          if (i > 0) expect(node).toBeLessThan(nodes[i - 1]!);
        });
      }
    }
    expect(chebyshevSecondKind(60)[0]).toBe(1);
    expect(chebyshevSecondKind(60)[59]).toBe(-1);
    expect(legacyWorkerNodes(60)[0]).toBe(1);
  });

  it('coincide exactly where the integers say so, and are the same doubles there', () => {
    let nearest = 1;
    for (const rule of ['default', 'legacy'] as const) {
      for (let K = 1; K <= 24; K++) {
        const alpha = chebyshevFirstKind(K);
        for (let N = 1; N <= 50; N++) {
          const found: [number, number][] = [];
          const beta = workerNodes(N, rule);
          alpha.forEach((a, k) => {
            beta.forEach((b, n) => {
              if (a === b) found.push([k, n]);
              else nearest = Math.min(nearest, Math.abs(a - b));
            });
          });
          expect(coincidentNodes(K, N, rule), `K=${K} N=${N} ${rule}`).toEqual(found);
        }
      }
    }
    expect(nearest).toBeGreaterThan(1e-6);
    expect(coincidentNodes(5, 7, 'default')).toEqual([[2, 3]]);
    expect(coincidentNodes(20, 60, 'default')).toEqual([]);
    expect(coincidentNodes(20, 41, 'default')).toHaveLength(20);
  });

  it('refuse a count that is no positive integer', () => {
    for (const count of [0, -1, 2.5, Number.NaN]) {
      for (const rule of [chebyshevFirstKind, chebyshevSecondKind, legacyWorkerNodes]) {
        expect(() => rule(count)).toThrow(RangeError);
      }
    }
  });
});

describe('ascendingOrder', () => {
  it('sorts any order', () => {
    expect([...ascendingOrder([0.5, -1, 1, 0])]).toEqual([1, 3, 0, 2]);
  });

  it('names repeated and non-finite nodes', () => {
    expect(() => ascendingOrder([0, 1, 0])).toThrow('nodes 0 and 2 are both 0; nodes must be distinct');
    expect(() => ascendingOrder([0, Number.POSITIVE_INFINITY])).toThrow('node 1 is Infinity');
    expect(() => ascendingOrder([0, Number.NaN, 1])).toThrow('nodes must be finite');
  });
});
