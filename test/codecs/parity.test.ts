import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Batch, Received } from '../../src/codecs/codec.ts';
import { dependsOnBatch, encode } from '../../src/codecs/encoder.ts';
import { amplification, parityCoefficients, parm } from '../../src/codecs/parity.ts';
import { tiledImage } from '../../src/codecs/tiles.ts';
import { matrix } from '../../src/math/matrix.ts';
import { DecodeFailure, UserError } from '../../src/util/errors.ts';
import { randomStream, sampleWithoutReplacement } from '../../src/util/random.ts';

const options = (written: object = {}) => parm.options.parse(written);

/** Answers of K queries [K, m] and of exact parity models. */
function exactAnswers(K: number, r: number, m: number, seed: number): Float64Array {
  const stream = randomStream(seed);
  const C = parityCoefficients(K, r);
  const answers = new Float64Array((K + r) * m).map((_, at) => (at < K * m ? stream.normal() : 0));
  for (let j = 0; j < r; j++)
    for (let i = 0; i < K; i++)
      for (let c = 0; c < m; c++) answers[(K + j) * m + c]! += C.data[j * K + i]! * answers[i * m + c]!;
  return answers;
}

const received = (answers: Float64Array, m: number, survivors: ArrayLike<number>, gram = matrix(1, 1)) =>
  ({
    answers,
    m,
    survivors: Int32Array.from(survivors),
    encoding: { matrix: gram },
    batch: { gram: () => gram } as Batch,
    E: 0,
    random: () => randomStream('fallback'),
  }) as Received;

describe('parm', () => {
  it('needs K + S workers, and refuses Byzantine ones', () => {
    expect(parm.minimumWorkers({ K: 8, S: 2, E: 0 }, options())).toBe(10);
    expect(() => parm.minimumWorkers({ K: 8, S: 0, E: 1 }, options())).toThrow(UserError);
    expect(() => parm.encoder(8, 7, options())).toThrow(/N = 7 is less than K = 8/);
    expect(() => parm.encoder(8, 10, options({ code: 'concatenation' }))).toThrow(/must be K \+ 1 = 9/);
  });

  it('sends queries as they are, then their weighted sums to the parity models', () => {
    const encoder = parm.encoder(3, 5, options());
    const { matrix: A } = encode(encoder, {} as Batch);
    expect([...A.data]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 2, 3]);
    expect([...encoder.workerModels!]).toEqual([
      [3, 'k3'],
      [4, 'k3-row1'],
    ]);
    expect([...parm.encoder(2, 3, options({ models: 'my/parities' })).workerModels!]).toEqual([[2, 'my/parities/k2']]);
  });

  it('reconstructs any lost answers exactly when the parity models are exact and as many parities came', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 3 }), fc.nat(1000), (K, r, seed) => {
        const m = 3;
        const answers = exactAnswers(K, r, m, seed);
        const lost = new Set(sampleWithoutReplacement(randomStream(seed, 'lost'), K + r, r));
        const seen = answers.slice();
        for (const worker of lost) seen.fill(Number.NaN, worker * m, (worker + 1) * m);
        const survivors = Array.from({ length: K + r }, (_, n) => n).filter((n) => !lost.has(n));
        const { outputs, available } = parm.decoder(K, K + r, options()).decode(received(seen, m, survivors));
        for (let k = 0; k < K; k++) expect(available![k]).toBe(lost.has(k) ? 0 : 1);
        outputs.forEach((value, at) => {
          expect(Math.abs(value - answers[at]!)).toBeLessThan(1e-9);
        });
      }),
      { seed: 3, numRuns: 100 },
    );
  });

  it('solves by least squares over all parities when more came than are needed', () => {
    const answers = exactAnswers(2, 2, 1, 1);
    const [, lostValue] = answers;
    answers[2]! += 1; // error of parity 0, coefficient 1; parity 1 is exact, coefficient 2
    const { outputs } = parm.decoder(2, 4, options()).decode(received(answers, 1, [0, 2, 3]));
    expect(outputs[1]).toBeCloseTo(lostValue! + 1 / 5, 12);
  });

  it('gives lost queries the fallback when the parities do not suffice', () => {
    const answers = exactAnswers(3, 1, 2, 1);
    const gram = matrix(3, 3, Float64Array.from([1, 0, 0, 0, 4, 4.1, 0, 4.1, 5]));
    const nearest = parm.decoder(3, 4, options()).decode(received(answers, 2, [0, 2], gram));
    expect([...nearest.outputs.subarray(2, 4)]).toEqual([...answers.subarray(4, 6)]);
    expect([...nearest.available!]).toEqual([1, 0, 1]);
    expect(nearest.classOnly).toBeUndefined();
    const random = parm.decoder(3, 4, options({ fallback: 'random' })).decode(received(answers, 2, [0, 3]));
    expect([...random.outputs.subarray(2, 4)].sort()).toEqual([0, 1]);
    expect(random.classOnly).toBe(true);
    expect(() => parm.decoder(3, 4, options()).decode(received(answers, 2, [3]))).toThrow(DecodeFailure);
  });
});

describe('amplification', () => {
  it('is 1 for one parity, and as large as theory says for more', () => {
    expect(amplification(12, 1)).toBeCloseTo(1, 12);
    expect(amplification(12, 2)).toBeCloseTo(13, 9);
    expect(amplification(8, 3)).toBeCloseTo(63, 6);
  });
});

describe('concatenation code', () => {
  const image = (shape: [number, number, number], K: number, value: (k: number, at: number) => number) => {
    const size = shape[0] * shape[1] * shape[2];
    return Float32Array.from({ length: K * size }, (_, at) => value(Math.floor(at / size), at % size));
  };

  it('tiles two images side by side at half their width', () => {
    const images = image([1, 2, 4], 2, (k, at) => 10 * k + at);
    expect([...tiledImage(images, 2, [1, 2, 4])]).toEqual([0.5, 2.5, 10.5, 12.5, 4.5, 6.5, 14.5, 16.5]);
  });

  it('keeps constant images constant, in every channel, at sizes that do not divide', () => {
    const images = image([2, 7, 7], 3, (k, at) => k + 1 + (at >= 49 ? 0.5 : 0));
    const tiled = tiledImage(images, 3, [2, 7, 7]);
    const at = (c: number, y: number, x: number) => tiled[c * 49 + y * 7 + x]!;
    for (let y = 0; y < 3; y++) {
      for (let x = 0; x < 3; x++) {
        expect(at(0, y, x)).toBeCloseTo(1, 6);
        expect(at(1, y, x + 3)).toBeCloseTo(2.5, 6);
        expect(at(0, y + 3, x)).toBeCloseTo(3, 6);
        expect(at(0, y + 3, x + 3)).toBe(0);
      }
    }
    expect(at(0, 6, 6)).toBe(0);
  });

  it('hands the tiled image to the parity worker', () => {
    const points = image([1, 4, 4], 4, (k) => k);
    const encoder = parm.encoder(4, 5, options({ code: 'concatenation' }));
    expect(dependsOnBatch(encoder)).toBe(true);
    expect([...encoder.workerModels!]).toEqual([[4, 'k4-concatenation']]);
    const batch = { points, K: 4, D: 16, shape: [1, 4, 4], gram: () => matrix(4, 4) };
    const { points: coded } = encode(encoder, batch);
    expect([...coded!.get(4)!]).toEqual([0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3]);
    expect(() => encode(encoder, { ...batch, shape: [16] })).toThrow(UserError);
  });
});
