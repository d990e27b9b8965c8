import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/util/random.ts';
import { type Attack, attackSchema, attackText } from '../../src/workers/attack-spec.ts';
import { applyAttack, chooseLiars } from '../../src/workers/attacks.ts';

const attack = (kind: Attack['kind'], size = 1): Attack => ({ kind, size, workers: 'random' });

describe('attackSchema', () => {
  it.each([
    ['gaussian', 'gaussian(10)'],
    ['sign-flip', 'sign-flip'],
    ['mimicry', 'mimicry'],
    [{ gaussian: 100 }, 'gaussian(100)'],
    [{ constant: -2.5, workers: 'worst' }, 'constant(-2.5)@worst'],
    [{ 'sign-flip': true, workers: 'worst' }, 'sign-flip@worst'],
    [{ collusion: 3 }, 'collusion(3)'],
    [{ reversal: 4, workers: 'random' }, 'reversal(4)'],
  ])('reads %j as %s', (written, text) => {
    expect(attackText(attackSchema.parse(written))).toBe(text);
  });

  it.each([
    'gauss',
    {},
    { gaussian: -1 },
    { gaussian: 1, wrokers: 'worst' },
    { 'sign-flip': 2 },
    { gaussian: 1, constant: 2 },
  ])('refuses %j and says what would be right', (written) => {
    const { error } = attackSchema.safeParse(written);
    expect(error?.issues[0]?.message).toMatch(
      /expected one of gaussian, constant.*\{gaussian: 10, workers|Unrecognized key: "wrokers"/,
    );
  });
});

describe('chooseLiars', () => {
  it('draws E distinct workers that answer, each equally often', () => {
    const candidates = Int32Array.of(0, 2, 3, 7, 9);
    const times = new Map<number, number>();
    for (let trial = 0; trial < 2000; trial++) {
      const liars = chooseLiars(candidates, 2, 'random', randomStream(1, trial), 10);
      expect(liars.length).toBe(2);
      expect(liars[0]).toBeLessThan(liars[1]!);
      for (const liar of liars) times.set(liar, (times.get(liar) ?? 0) + 1);
    }
    expect([...times.keys()].sort()).toEqual([...candidates]);
    // 800 expected each, standard deviation 22
    for (const count of times.values()) expect(Math.abs(count - 800)).toBeLessThan(110);
  });

  it('puts the worst-placed liars around the middle node', () => {
    const all = Int32Array.from({ length: 9 }, (_, n) => n);
    const choose = (candidates: Int32Array, E: number) => [...chooseLiars(candidates, E, 'worst', randomStream(1), 9)];
    expect(choose(all, 1)).toEqual([4]);
    expect(choose(all, 3)).toEqual([3, 4, 5]);
    expect(choose(Int32Array.of(0, 1, 2, 6, 8), 2)).toEqual([2, 6]);
  });

  it('refuses more liars than answers', () => {
    for (const placement of ['random', 'worst'] as const) {
      expect(() => chooseLiars(Int32Array.of(1, 2), 3, placement, randomStream(1), 5)).toThrow(RangeError);
    }
  });
});

describe('applyAttack', () => {
  const m = 3;
  const answers = Float64Array.from({ length: 5 * m }, (_, i) => i + 1);
  const survivors = Int32Array.of(0, 1, 3, 4);
  const rowOf = (values: Float64Array, n: number) => [...values.subarray(n * m, (n + 1) * m)];
  const run = (kind: Attack['kind'], size: number, liars: number[]) =>
    applyAttack(answers, m, Int32Array.from(liars), attack(kind, size), randomStream(4), survivors);

  it('changes the rows of the liars and nothing else, and leaves its input alone', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Attack['kind']>('gaussian', 'sign-flip', 'constant', 'reversal', 'collusion', 'mimicry'),
        fc.subarray([0, 1, 3, 4]),
        (kind, liars) => {
          const before = answers.slice();
          const received = run(kind, 2, liars);
          expect(answers).toEqual(before);
          for (let n = 0; n < 5; n++) {
            if (liars.includes(n)) expect(rowOf(received, n)).not.toEqual(rowOf(answers, n));
            else expect(rowOf(received, n)).toEqual(rowOf(answers, n));
          }
        },
      ),
      { seed: 5, numRuns: 100 },
    );
  });

  it('follows the formulas', () => {
    expect(rowOf(run('sign-flip', 1, [1]), 1)).toEqual([-4, -5, -6]);
    expect(rowOf(run('reversal', 2, [1]), 1)).toEqual([-8, -10, -12]);
    expect(rowOf(run('constant', 7, [1]), 1)).toEqual([7, 7, 7]);
    // worker 2 straggles: 1 imitates 3; the last imitates the one before, by its true answer
    const mimics = run('mimicry', 1, [1, 3, 4]);
    expect(rowOf(mimics, 1)).toEqual(rowOf(answers, 3));
    expect(rowOf(mimics, 3)).toEqual(rowOf(answers, 4));
    expect(rowOf(mimics, 4)).toEqual(rowOf(answers, 3));
  });

  it('shifts colluding workers by one vector, and Gaussian ones each by its own', () => {
    const shift = (values: Float64Array, n: number) => rowOf(values, n).map((value, j) => value - answers[n * m + j]!);
    const collusion = run('collusion', 5, [0, 3]);
    for (const [j, value] of shift(collusion, 0).entries()) expect(value).toBeCloseTo(shift(collusion, 3)[j]!, 12);
    const gaussian = run('gaussian', 5, [0, 3]);
    expect(Math.abs(shift(gaussian, 0)[0]! - shift(gaussian, 3)[0]!)).toBeGreaterThan(1e-3);
  });

  it('adds Gaussian noise of the standard deviation asked for', () => {
    const zeros = new Float64Array(20_000);
    const noise = applyAttack(
      zeros,
      20_000,
      Int32Array.of(0),
      attack('gaussian', 10),
      randomStream(6),
      Int32Array.of(0),
    );
    const mean = noise.reduce((sum, x) => sum + x, 0) / noise.length;
    const deviation = Math.sqrt(noise.reduce((sum, x) => sum + (x - mean) ** 2, 0) / noise.length);
    expect(Math.abs(mean)).toBeLessThan(0.3); // 4 standard errors
    expect(Math.abs(deviation - 10)).toBeLessThan(0.2);
  });
});
