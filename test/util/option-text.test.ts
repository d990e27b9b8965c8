import fc from 'fast-check';
import { expect, test } from 'vitest';
import { optionsText, parseOptions } from '../../src/util/option-text.ts';

test('what differs is sorted, and read back as it was', () => {
  const text = optionsText([
    ['tune', true],
    ['nodes', 'legacy'],
    ['placement', { c: 0 }],
    ['bound', undefined],
  ]);
  expect(text).toBe('nodes=legacy;placement={"c":0};tune=true');
  expect(parseOptions(text).get('tune')).toBe('true');
  expect(parseOptions('').size).toBe(0);
});

test('a value cannot pass for another option', () => {
  const text = optionsText([['models', './a;tune=true']]);
  expect(parseOptions(text).has('tune')).toBe(false);
  expect(parseOptions(text).get('models')).toBe('./a;tune=true');
});

test('any values are read back', () => {
  const key = fc.stringMatching(/^[a-zA-Z]{1,8}$/);
  fc.assert(
    fc.property(fc.dictionary(key, fc.string()), (options) => {
      expect(parseOptions(optionsText(Object.entries(options)))).toEqual(
        new Map(Object.entries(options).sort(([a, x], [b, y]) => (`${a}=${x}` < `${b}=${y}` ? -1 : 1))),
      );
    }),
    { seed: 1 },
  );
});
