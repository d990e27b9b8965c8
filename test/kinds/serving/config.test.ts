import { describe, expect, it } from 'vitest';
import { deployedCell, servingCells } from '../../../src/kinds/serving/cells.ts';
import { parseServingConfig } from '../../../src/kinds/serving/config.ts';
import { overloads } from '../../../src/kinds/serving/estimate.ts';
import { servingJsonSchema } from '../../../src/kinds/serving/json-schema.ts';

const base = {
  name: 'test',
  kind: 'serving',
  model: 'lenet5-mnist',
  dataset: 'mnist',
  schemes: ['uncoded', 'replication', 'parm', 'kriging'],
  K: 10,
  N: 13,
  load: { rate: [5, 20] },
  service: { pareto: { scale: '12ms', shape: 2.5 } },
};
const parse = (changes: object = {}) => parseServingConfig({ ...base, ...changes });

describe('a config of kind: serving', () => {
  it('has a cell for each load point and scheme, and for each need where any answers are enough', () => {
    const cells = servingCells(parse({ decode: { need: [10, 12] } }));
    expect(cells.filter(({ rate }) => rate === 20).map(({ entry, need }) => [entry.label, need])).toEqual([
      ['Uncoded', undefined],
      ['Replication', undefined],
      ['ParM', undefined],
      ['Kriging', 10],
      ['Kriging', 12],
    ]);
  });

  it('splits the queries of ParM among its parities, and the workers as queries to parities', () => {
    const config = parse({ workers: 26 });
    const parm = servingCells(config).find(({ entry }) => entry.scheme === 'parm')!;
    const { code, pools, parts } = deployedCell(config, parm);
    expect(code.parts.map(({ queries, need }) => [queries, need])).toEqual([
      [[0, 1, 2], 3],
      [[3, 4, 5], 3],
      [[6, 7, 8, 9], 4],
    ]);
    expect(pools).toEqual([20, 4, 2]);
    expect(parts[1]).toMatchObject({ firstQuery: 3, tasks: [3, 4, 5, 11] });
    const uneven = parse({ workers: 14 });
    expect(() => servingCells(uneven).map((cell) => deployedCell(uneven, cell))).toThrow(/give a multiple of N = 13/);
  });

  it('takes the running quantile or a time for hedging, of uncoded alone', () => {
    const hedged = (after: string) => parse({ schemes: [{ uncoded: { hedge: { after } } }] }).schemes[0];
    expect(hedged('p90')).toMatchObject({ label: 'Hedged', hedge: { after: { quantile: 0.9 }, budget: 0.1 } });
    expect(hedged('20ms')).toMatchObject({ hedge: { after: { seconds: 0.02 } } });
    expect(() => hedged('soon')).toThrow(/neither a quantile \(p90\) nor a duration/);
    expect(() => parse({ schemes: [{ kriging: { hedge: { after: 'p90' } } }] })).toThrow(/only uncoded can/);
  });

  it.each([
    [{ decode: { need: 14 } }, /need = 14 answers never come from N = 13/],
    [{ load: { rate: 5, arrivals: { trace: ['0ms', '0s'] } } }, /one gap at least must be above 0/],
    [{ slow: { workers: 2, factor: 3, every: '0s', for: '1s' } }, /every: must be above 0/],
    [{ load: { rate: 5, queries: 3 } }, /K = 10 queries or 1, not 3/],
    [{ load: { rate: 5, queries: 1 } }, /single queries need wait/],
    [{ load: { rate: 5, wait: '20ms' } }, /wait needs queries: 1/],
    [{ load: { rate: 5, requests: 100, warmup: 100 } }, /leaves nothing of 100 requests/],
    [{ load: { rate: 1e-300, requests: 100, warmup: 10 } }, /100 requests at 1e-300 a second take longer than 1e9s/],
    [{ decode: { deadline: '0s' } }, /later than the arrival/],
    [{ schemes: [{ nercc: { tune: true } }] }, /tunes nothing/],
    [
      { schemes: [{ external: { command: ['python3', 'own.py'] } }] },
      /deploys schemes of approxifer itself, not external; compare it under kind: inference/,
    ],
    [{ dispatch: 'any' }, /dispatch/],
    [{ K: 100_000, N: [11, 13] }, 'K = 100000 and N = 100000: the encoding matrix would have 10000000000 numbers'],
  ])('refuses %o', (changes, message) => {
    expect(() => parse(changes)).toThrow(message);
  });

  it('says which loads no queue can settle under', () => {
    expect(overloads(parse())).toEqual([]);
    expect(overloads(parse({ load: { rate: [20, 80] } }))).toMatchObject([
      /^rate 80: uncoded queries alone are 12\d %/,
    ]);
  });

  it('has a schema that offers what it takes and no more', () => {
    const { properties } = servingJsonSchema() as {
      properties: { schemes: { items: { anyOf: { enum?: string[]; properties?: Record<string, object> }[] } } };
    };
    const [names, ...entries] = properties.schemes.items.anyOf;
    for (const name of names!.enum!) expect(() => parse({ schemes: [name] }), name).not.toThrow();
    const offered = JSON.stringify(entries);
    for (const refused of ['"external":', '"matrix":', '"tune":', '"lambda":']) expect(offered).not.toContain(refused);
    expect(offered).toContain('"hedge":');
  });
});
