import fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomStream, sampleWithoutReplacement } from '../../src/util/random.ts';

test('a longer draw without replacement begins with the shorter one, whichever way each is made, and repeats nothing', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 60 }), (seed, size) => {
      const whole = sampleWithoutReplacement(randomStream(seed), size, size);
      expect(new Set(whole)).toEqual(new Set(Array.from({ length: size }, (_, i) => i)));
      for (let count = 0; count < size; count++)
        expect(sampleWithoutReplacement(randomStream(seed), size, count)).toEqual(whole.slice(0, count));
    }),
    { seed: 1, numRuns: 50 },
  );
});

test('more than there are cannot be drawn', () => {
  expect(() => sampleWithoutReplacement(randomStream(1), 3, 4)).toThrow('cannot draw 4 of 3');
});
