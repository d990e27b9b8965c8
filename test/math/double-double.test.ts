import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, type DoubleDouble, divide, fromDouble, multiply, subtract } from '../../src/math/double-double.ts';

const whole = fc.maxSafeInteger();
const exactly = ({ high, low }: DoubleDouble) => BigInt(high) + BigInt(low);

describe('double-double numbers', () => {
  it('hold sums, differences and products of whole numbers of 16 digits exactly', () => {
    fc.assert(
      fc.property(whole, whole, (a, b) => {
        expect(exactly(add(fromDouble(a), fromDouble(b)))).toBe(BigInt(a) + BigInt(b));
        expect(exactly(subtract(fromDouble(a), fromDouble(b)))).toBe(BigInt(a) - BigInt(b));
        expect(exactly(multiply(fromDouble(a), fromDouble(b)))).toBe(BigInt(a) * BigInt(b));
      }),
      { seed: 32, numRuns: 500 },
    );
  });

  it('divide to 30 digits', () => {
    fc.assert(
      fc.property(
        whole,
        whole.filter((b) => b !== 0),
        (a, b) => {
          const { high, low } = subtract(multiply(divide(fromDouble(a), fromDouble(b)), fromDouble(b)), fromDouble(a));
          expect(Math.abs(high + low)).toBeLessThanOrEqual(Math.abs(a) * 1e-30);
        },
      ),
      { seed: 33, numRuns: 500 },
    );
  });

  it('keep what a double drops', () => {
    const third = divide(fromDouble(1), fromDouble(3));
    expect(third.high).toBe(1 / 3);
    expect(third.low).toBeCloseTo(2 ** -54 / 3, 30); // 1/3 rounds down by a third of half a unit in its last place
    expect(subtract(add(fromDouble(1), fromDouble(1e-25)), fromDouble(1))).toEqual({ high: 1e-25, low: 0 });
  });
});
