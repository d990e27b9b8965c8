import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { schemes } from '../../src/codecs/registry.ts';
import { metric } from '../../src/metrics/metric.ts';
import { tableFormat } from '../../src/tables/format.ts';
import { entrySchema, memberOf } from '../../src/util/entries.ts';
import { UserError } from '../../src/util/errors.ts';
import { registry } from '../../src/util/registry.ts';
import { attackKind } from '../../src/workers/faults/attacks/attack.ts';
import { stragglerKind } from '../../src/workers/faults/stragglers/straggler.ts';
import { latencyLaw } from '../../src/workers/latencies/latency.ts';

const fruits = registry('fruit', [
  { name: 'apple', summary: 'round' },
  { name: 'pear', summary: 'not round' },
] as const);

describe('registry', () => {
  it('finds members by name and says what would be right for another one', () => {
    expect(fruits.get('pear').summary).toBe('not round');
    expect(fruits.names).toEqual(['apple', 'pear']);
    expect(() => fruits.get('aple')).toThrow(
      new UserError('unknown fruit "aple"; did you mean "apple"? (known: apple, pear)'),
    );
    expect(() => fruits.get('kumquat')).toThrow(new UserError('unknown fruit "kumquat" (known: apple, pear)'));
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', ''])('has no member %j', (name) => {
    expect(fruits.has(name)).toBe(false);
    expect(fruits.find(name)).toBeUndefined();
    expect(() => fruits.get(name)).toThrow(UserError);
    expect(() => schemes.get(name)).toThrow(UserError);
  });

  it('quotes a name so that it stays in its line', () => {
    const message = (name: string) => {
      try {
        fruits.get(name);
      } catch (error) {
        return (error as Error).message;
      }
      return '';
    };
    expect(message('a\u001b[31m\nb')).not.toMatch(/\p{Cc}/u);
    expect(message('x'.repeat(10_000_000)).length).toBeLessThan(200);
  });

  it('refuses two members of one name', () => {
    expect(() => registry('fruit', [...fruits.entries, { name: 'pear', summary: 'again' }])).toThrow(RangeError);
  });
});

describe('a member that is declared and not implemented does not compile', () => {
  it.each([
    // @ts-expect-error no `liar`
    ['attack', () => attackKind({ name: 'silent', summary: 'does nothing' })],
    // @ts-expect-error no `late`
    ['straggler model', () => stragglerKind({ name: 'none', summary: '', written: 'none', takesCount: true })],
    // @ts-expect-error no `draw`
    ['latency', () => latencyLaw({ name: 'zero', summary: '', written: '{zero: 1}', options: z.number() })],
    // @ts-expect-error no `of`
    ['metric', () => metric({ name: 'luck', label: '', unit: '', better: 'none', runs: 'all', summary: '' })],
    // @ts-expect-error no `render`
    ['table format', () => tableFormat({ name: 'html', summary: '' })],
  ])('%s', (_what, make) => {
    expect(make).toBeTypeOf('function');
  });
});

describe('entrySchema', () => {
  const bare = stragglerKind({
    name: 'all',
    summary: 'everybody',
    written: 'all',
    takesCount: false,
    late: (_options, { N }) => new Uint8Array(N).fill(1),
  });
  const sized = stragglerKind({
    name: 'first',
    summary: 'the first ones',
    written: '{first: 2}',
    options: z.int().min(0),
    takesCount: false,
    parameters: String,
    late: (count, { N }) => new Uint8Array(N).fill(1, 0, count),
  });
  const schema = entrySchema([bare, sized]);

  it('reads a bare name and a name with options', () => {
    const table = registry('model', [bare, sized]);
    expect(memberOf(table, schema.parse('all'))).toEqual([bare, undefined]);
    expect(memberOf(table, schema.parse({ first: 3 }))).toEqual([sized, 3]);
  });

  it.each(['first', { all: true }, { first: -1 }, {}, null, { first: 1, all: 1 }])('refuses %j', (written) => {
    expect(schema.safeParse(written).success).toBe(false);
  });
});
