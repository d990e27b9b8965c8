import { readFileSync } from 'node:fs';
import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { approxiferLocator } from '../../src/codecs/approxifer.ts';
import type { Received } from '../../src/codecs/codec.ts';
import { chebyshevSecondKind, workerNodes } from '../../src/codecs/nodes.ts';
import {
  chebyshevBasis,
  locatorVotes,
  type Normalisation,
  rationalLocator,
} from '../../src/codecs/rational-locator.ts';
import { randomStream, sampleWithoutReplacement } from '../../src/util/random.ts';

interface Case {
  K: number;
  E: number;
  N: number;
  survivors: number[];
  answers: number[][];
  votes: number[];
}
const golden = JSON.parse(readFileSync(new URL('../golden/locator.json', import.meta.url), 'utf8')) as Case[];

const received = (answers: Float64Array, m: number, survivors: ArrayLike<number>, E: number) =>
  ({ answers, m, survivors: Int32Array.from(survivors), E }) as Received;

/** Samples of polynomials of degree K-1: the answers of a linear code and a linear model. */
function polynomialAnswers(K: number, nodes: Float64Array, m: number, seed: number): Float64Array {
  const stream = randomStream(seed);
  const coefficients = Array.from({ length: m }, () => Float64Array.from({ length: K }, () => stream.normal()));
  const answers = new Float64Array(nodes.length * m);
  nodes.forEach((t, n) => {
    coefficients.forEach((c, j) => {
      answers[n * m + j] = c.reduce((sum, value, degree) => sum + value * Math.cos(degree * Math.acos(t)), 0);
    });
  });
  return answers;
}

describe('locatorVotes', () => {
  it.each(golden.map((entry, i) => [i, entry] as const))(
    'votes as the monomial form with one pseudo-inverse does, case %i',
    (_, { K, E, N, survivors, answers, votes }) => {
      const beta = chebyshevSecondKind(N);
      const nodes = Float64Array.from(survivors, (worker) => beta[worker]!);
      expect([...locatorVotes(nodes, Float64Array.from(answers.flat()), K, E)]).toEqual(votes);
    },
  );

  it.each([
    ['constant', 24, 6],
    ['unit', 24, 6],
    ['constant', 4, 1],
    ['unit', 8, 3],
  ] as [Normalisation, number, number][])(
    'finds every liar where the honest answers are exactly polynomial (%s, K = %i, E = %i)',
    (normalisation, K, E) => {
      const N = 2 * (K + E);
      const nodes = chebyshevSecondKind(N);
      for (let trial = 0; trial < 5; trial++) {
        const answers = polynomialAnswers(K, nodes, 3, trial);
        const liars = sampleWithoutReplacement(randomStream(2, trial), N, E).sort((a, b) => a - b);
        const noise = randomStream(3, trial);
        for (const liar of liars) for (let j = 0; j < 3; j++) answers[liar * 3 + j]! += 5 * noise.normal();
        const votes = locatorVotes(nodes, answers, K, E, normalisation);
        expect([...votes].flatMap((count, i) => (count === 3 ? [i] : []))).toEqual(liars);
      }
    },
  );

  it('gives E votes an output', () => {
    const nodes = chebyshevSecondKind(12);
    const votes = locatorVotes(nodes, polynomialAnswers(4, nodes, 7, 1), 4, 2);
    expect(votes.reduce((sum, count) => sum + count, 0)).toBe(14);
  });
});

describe('conditioning', () => {
  const condition = (A: Matrix) => new SingularValueDecomposition(A).condition;
  const powers = (nodes: Float64Array, degree: number) => {
    const A = Matrix.zeros(nodes.length, degree + 1);
    nodes.forEach((t, i) => {
      for (let j = 0; j <= degree; j++) A.set(i, j, t ** j);
    });
    return A;
  };

  it('stays below 1.6 in the Chebyshev basis up to K = 24, E = 6, at the fewest workers', () => {
    for (const K of [2, 4, 8, 12, 16, 24]) {
      for (const E of [1, 2, 3, 6]) {
        const nodes = chebyshevSecondKind(2 * (K + E));
        expect(condition(chebyshevBasis(nodes, K + E - 1))).toBeLessThan(1.6);
      }
    }
  });

  it('stays below 30 when three workers straggle, wherever they are', () => {
    const nodes = chebyshevSecondKind(63);
    for (let first = 0; first <= 60; first++) {
      const survivors = nodes.filter((_, n) => n < first || n > first + 2);
      expect(condition(chebyshevBasis(survivors, 29))).toBeLessThan(30);
    }
  });

  it('is 1e10 and more in monomials at K = 24, E = 6', () => {
    expect(condition(powers(chebyshevSecondKind(60), 29))).toBeGreaterThan(1e10);
  });
});

describe('rationalLocator', () => {
  const N = 14;
  const nodes = chebyshevSecondKind(N);
  const everybody = Array.from({ length: N }, (_, n) => n);
  const attacked = (liars: number[]) => {
    const answers = polynomialAnswers(4, nodes, 3, 1);
    for (const liar of liars) for (let j = 0; j < 3; j++) answers[liar * 3 + j]! += 4 + j;
    return answers;
  };

  it('excludes exactly E workers when it is told E', () => {
    const locator = rationalLocator(4, nodes);
    expect([...locator.locate(received(attacked([2, 9]), 3, everybody, 2))]).toEqual([2, 9]);
    expect(locator.locate(received(attacked([]), 3, everybody, 2)).length).toBe(2);
    expect(locator.locate(received(attacked([]), 3, everybody, 0)).length).toBe(0);
  });

  it('excludes fewer when it knows only a bound', () => {
    const locator = rationalLocator(4, nodes, { bound: 2 });
    expect([...locator.locate(received(attacked([2, 9]), 3, everybody, 2))]).toEqual([2, 9]);
    const found = [...locator.locate(received(attacked([5]), 3, everybody, 1))];
    expect(found).toContain(5);
  });

  it('never reads the rows of stragglers, and names workers by number', () => {
    const answers = attacked([9]);
    const survivors = everybody.filter((worker) => worker !== 0 && worker !== 5);
    answers.fill(Number.NaN, 0, 3);
    answers.fill(Number.NaN, 15, 18);
    expect([...rationalLocator(4, nodes).locate(received(answers, 3, survivors, 1))]).toEqual([9]);
  });

  it('excludes a worker whose answer is not finite, and looks for the others', () => {
    const answers = attacked([9]);
    answers[3 * 3 + 1] = Number.NaN;
    expect([...rationalLocator(4, nodes).locate(received(answers, 3, everybody, 2))]).toEqual([3, 9]);
  });

  it('gives a tie of votes to the smaller number, or to the larger one', () => {
    // two outputs that each point at another worker: one vote each
    const split = new Float64Array(N * 2);
    const smooth = polynomialAnswers(4, nodes, 2, 1);
    for (let worker = 0; worker < N; worker++)
      for (let j = 0; j < 2; j++)
        split[2 * worker + j] = smooth[2 * worker + j]! + (worker === (j === 0 ? 4 : 11) ? 6 : 0);
    expect([...locatorVotes(nodes, split, 4, 1)].flatMap((count, worker) => (count > 0 ? [worker] : []))).toEqual([
      4, 11,
    ]);
    const told = (ties?: 'smaller' | 'larger') => [
      ...rationalLocator(4, nodes, ties && { ties }).locate(received(split, 2, everybody, 1)),
    ];
    expect(told()).toEqual([4]);
    expect(told('smaller')).toEqual([4]);
    expect(told('larger')).toEqual([11]);
  });

  it.each([
    ['default', 4],
    ['legacy', 11],
  ] as const)('breaks ties with %s nodes as the paper or as the authors do', (rule, excluded) => {
    const beta = workerNodes(N, rule);
    const answers = polynomialAnswers(4, beta, 2, 1);
    answers[2 * 4]! += 6;
    answers[2 * 11 + 1]! += 6;
    expect([...approxiferLocator(4, N, { nodes: rule }).locate(received(answers, 2, everybody, 1))]).toEqual([
      excluded,
    ]);
  });

  it('copes with answers that are all equal', () => {
    for (const normalisation of ['constant', 'unit'] as const) {
      const answers = new Float64Array(N * 3).fill(2);
      answers.fill(7, 9, 12);
      const locator = rationalLocator(4, nodes, { normalisation });
      expect([...locator.locate(received(answers, 3, everybody, 1))]).toEqual([3]);
    }
  });

  it('is nearly blind to a liar at node 0 by the published rule, and not with unit norm', () => {
    const odd = 21;
    const beta = chebyshevSecondKind(odd);
    const share = (normalisation: Normalisation) => {
      let found = 0;
      for (let trial = 0; trial < 40; trial++) {
        const answers = polynomialAnswers(8, beta, 3, trial);
        const stream = randomStream(9, trial);
        for (let i = 0; i < answers.length; i++) answers[i]! += 0.3 * stream.normal();
        for (let j = 0; j < 3; j++) answers[10 * 3 + j]! += 20 * stream.normal();
        const located = rationalLocator(8, beta, { normalisation }).locate(
          received(
            answers,
            3,
            Array.from({ length: odd }, (_, n) => n),
            1,
          ),
        );
        if (located[0] === 10) found++;
      }
      return found / 40;
    };
    expect(share('constant')).toBeLessThan(0.2);
    expect(share('unit')).toBeGreaterThan(0.6);
  });
});
