import { describe, expect, it } from 'vitest';
import { approxifer } from '../../src/codecs/approxifer.ts';
import { bacc } from '../../src/codecs/berrut.ts';
import { composeCodec, defaultCombination } from '../../src/codecs/compose.ts';
import { encode, sameEncoding } from '../../src/codecs/encoder.ts';
import { replication } from '../../src/codecs/replication.ts';
import { UserError } from '../../src/util/errors.ts';

const options = (written: object = {}) => approxifer.options.parse(written);

describe('approxifer', () => {
  it.each([
    [{ K: 8, S: 1, E: 0 }, {}, 9],
    [{ K: 8, S: 1, E: 2 }, {}, 21],
    [{ K: 8, S: 1, E: 2 }, { workers: 'scripts' }, 20],
    [{ K: 12, S: 0, E: 3 }, {}, 30],
    [{ K: 12, S: 0, E: 1 }, { bound: 3 }, 30],
    [{ K: 12, S: 2, E: 0 }, { workers: 'scripts' }, 14],
  ])('needs for %j with %j %i workers', (need, written, workers) => {
    expect(approxifer.minimumWorkers(need, options(written))).toBe(workers);
  });

  it('is labelled by its node rule', () => {
    expect(approxifer.label(options())).toBe('ApproxIFER');
    expect(approxifer.label(options({ nodes: 'legacy' }))).toBe('ApproxIFER-legacy');
  });

  it('encodes as BACC does, so that their points can be shared', () => {
    const own = approxifer.encoder(8, 10, options());
    const other = bacc.encoder(8, 10, bacc.options.parse({}));
    expect(sameEncoding(own, other)).toBe(true);
    expect(encode(own, {} as never).matrix).toEqual(encode(other, {} as never).matrix);
  });

  it('brings its locator, which other codes on nodes can use and codes without nodes cannot', () => {
    const combination = { ...defaultCombination, ...approxifer.combination };
    expect(composeCodec(approxifer, options(), combination, 4, 10).locator).toBeDefined();
    expect(composeCodec(bacc, bacc.options.parse({}), combination, 4, 10).locator).toBeDefined();
    expect(() => composeCodec(replication, replication.options.parse({}), combination, 4, 10)).toThrow(UserError);
  });
});
