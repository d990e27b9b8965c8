import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { composeCodec, defaultCombination } from '../../src/codecs/compose.ts';
import { encode } from '../../src/codecs/encoder.ts';
import { workerPositions } from '../../src/codecs/placement.ts';
import { queriesOfWorkers, replication } from '../../src/codecs/replication.ts';
import { uncoded } from '../../src/codecs/uncoded.ts';
import { UserError } from '../../src/util/errors.ts';
import { batchOf, receivedOf } from './batch-of.ts';

const line = batchOf([[0], [1], [3], [10]]);
const codec = (N: number, options: object = {}, scheme = replication) =>
  composeCodec(scheme, scheme.options.parse(options) as never, defaultCombination, 4, N);

describe('placement', () => {
  it('gives every query floor(N/K) or one more copies, for every placement', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 0, max: 80 }),
        fc.constantFrom('permuted', 'block', 'interleaved'),
        (K, extra, placement) => {
          const N = K + extra;
          const queries = queriesOfWorkers(K, N, placement as 'block');
          const copies = Array.from({ length: K }, (_, k) => queries.filter((q) => q === k).length);
          expect(Math.min(...copies)).toBe(Math.floor(N / K));
          expect(Math.max(...copies)).toBe(Math.ceil(N / K));
        },
      ),
      { seed: 1 },
    );
  });

  it('keeps the copies of a query together in blocks and apart when interleaved', () => {
    expect([...queriesOfWorkers(2, 5, 'block')]).toEqual([0, 0, 0, 1, 1]);
    expect([...queriesOfWorkers(2, 5, 'interleaved')]).toEqual([0, 1, 0, 1, 0]);
  });

  it('permutes the positions by the same fixed permutation every time', () => {
    const positions = workerPositions(50);
    expect([...positions].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, n) => n));
    expect(positions).toEqual(workerPositions(50));
    expect([...positions]).not.toEqual([...positions].sort((a, b) => a - b));
    const queries = queriesOfWorkers(10, 50, 'permuted');
    expect([...queries]).toEqual([...positions].map((p) => Math.floor(p / 5)));
  });

  it('refuses fewer workers than queries, and uncoded anything but N = K', () => {
    expect(() => queriesOfWorkers(4, 3, 'block')).toThrow(UserError);
    expect(() => codec(5, {}, uncoded as never)).toThrow('N = 5 is not K = 4');
  });

  it('needs K(S+1) workers, and K(2E+1+S) with Byzantine ones', () => {
    const need = (S: number, E: number) =>
      replication.minimumWorkers({ K: 8, S, E }, { fallback: 'nearest', placement: 'block' });
    expect([need(0, 0), need(2, 0), need(1, 2)]).toEqual([8, 24, 48]);
  });
});

describe('decoding', () => {
  it('returns the answer of a surviving copy and the nearest available query for lost ones', () => {
    const { encoder, decoder } = codec(8, { placement: 'block' }); // workers 2k, 2k+1 hold query k
    const encoding = encode(encoder, line);
    const answers = [[1], [1], [2], [2], [3], [3], [4], [4]];
    const decoded = decoder.decode(receivedOf({ encoding, batch: line }, answers, [1, 6]));
    expect([...decoded.outputs]).toEqual([1, 1, 1, 4]); // query 2 at 3 is nearer to 0 than to 10
    expect([...decoded.available!]).toEqual([1, 0, 0, 1]);
    expect(decoded.classOnly).toBeUndefined();
  });

  it('works in the batch order when the queries were re-ordered before encoding', () => {
    const order = Int32Array.from([3, 0, 2, 1]); // position p holds query order[p]
    const encoding = { matrix: encode(codec(4).encoder, line).matrix, order };
    const { decoder } = codec(4, { placement: 'block' });
    const decoded = decoder.decode(receivedOf({ encoding, batch: line }, [[40], [10], [30], [20]], [0, 1, 3]));
    expect([...decoded.outputs]).toEqual([40, 10, 20, 20]); // position 2 holds x = 3, whose nearest is x = 1 at position 3
  });

  it('marks outputs as classes only when lost queries get a random class', () => {
    const { encoder, decoder } = codec(4, { fallback: 'random' }, uncoded as never);
    const encoding = encode(encoder, line);
    const answers = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [0, 0, 1],
    ];
    const drawn = new Set<number>();
    for (let seed = 0; seed < 40; seed++) {
      const decoded = decoder.decode(receivedOf({ encoding, batch: line, seed }, answers, [0, 2, 3]));
      expect(decoded.classOnly).toBe(true);
      expect([...decoded.outputs.slice(0, 3)]).toEqual([1, 0, 0]);
      drawn.add(decoded.outputs.slice(3, 6).indexOf(1));
    }
    expect([...drawn].sort()).toEqual([0, 1, 2]);
  });

  it('outvotes E Byzantine workers of 2E+1 copies, whatever they answer', () => {
    const honest = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(
        fc.array(honest, { minLength: 4, maxLength: 4 }),
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 3, maxLength: 3 }), {
          minLength: 12,
          maxLength: 12,
        }),
        (truth, E, lies) => {
          const copies = 2 * E + 1;
          const { encoder, decoder } = codec(4 * copies, { placement: 'interleaved' });
          const answers = Array.from({ length: 4 * copies }, (_, n) =>
            n >= 4 * (copies - E) ? lies[n % 12]! : truth[n % 4]!,
          );
          const received = receivedOf({ encoding: encode(encoder, line), batch: line, E }, answers, [
            ...answers.keys(),
          ]);
          expect([...decoder.decode(received).outputs]).toEqual(truth.flat());
        },
      ),
      { seed: 2 },
    );
  });

  it('gives the class of the majority even where the median of all copies has another', () => {
    const one = batchOf([[0]]);
    const { encoder, decoder } = composeCodec(
      replication,
      { fallback: 'nearest', placement: 'block' },
      defaultCombination,
      1,
      5,
    );
    const answers = [
      [9, 0, 8],
      [9, 8, 0],
      [0, 6, 6.1],
      [5, 4, 0],
      [0, 6.1, 6],
    ];
    const received = receivedOf({ encoding: encode(encoder, one), batch: one, E: 2 }, answers, [0, 1, 2, 3, 4]);
    expect([...decoder.decode(received).outputs]).toEqual([9, 4, 0]); // medians of all: [5, 6, 6], class 1
  });
});
