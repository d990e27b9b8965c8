import { describe, expect, it } from 'vitest';
import { philox2x32, randomField } from '../../src/util/philox.ts';

describe('Philox-2x32-10', () => {
  // known answers of Random123 1.14, kat_vectors
  it.each([
    [0x00000000, 0x00000000, 0x00000000, 0xff1dae59, 0x6cd10df2],
    [0xffffffff, 0xffffffff, 0xffffffff, 0x2c3f628b, 0xab4fd7ad],
    [0x13198a2e, 0x243f6a88, 0x85a308d3, 0xdd7ce038, 0xf62a4c12],
  ])('gives the known answer for key %i', (key, c0, c1, ...expected) => {
    const out = new Uint32Array(2);
    philox2x32(key, c0, c1, out);
    expect([...out]).toEqual(expected);
  });
});

describe('a random field', () => {
  const field = randomField(1, 'test');

  it('gives a place the same numbers whatever was drawn before', () => {
    const first = field.at(3, 4);
    const [a, b] = [first.uniform(), first.uniform()];
    field.at(9, 9).normal();
    const again = field.at(3, 4);
    expect([again.uniform(), again.uniform()]).toEqual([a, b]);
    expect(randomField(1, 'test').at(3, 4).uniform()).toBe(a);
    expect(randomField(2, 'test').at(3, 4).uniform()).not.toBe(a);
  });

  it('is uniform along rows, along columns and along draws', () => {
    const n = 20_000;
    const along = [
      (i: number) => field.at(i, 0).uniform(),
      (i: number) => field.at(0, i).uniform(),
      (i: number) => {
        const stream = field.at(i, 1);
        stream.uniform();
        return stream.uniform();
      },
    ];
    for (const draw of along) {
      const bins = new Float64Array(20);
      for (let i = 0; i < n; i++) bins[Math.floor(20 * draw(i))]!++;
      const chi = bins.reduce((sum, count) => sum + (count - n / 20) ** 2 / (n / 20), 0);
      expect(chi).toBeLessThan(50); // 19 degrees of freedom: 1 in 10^4
    }
  });
});
