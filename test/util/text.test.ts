import { expect, test } from 'vitest';
import { counted, seen } from '../../src/util/text.ts';

test('one is one', () => {
  expect([counted(0, 'cell'), counted(1, 'cell'), counted(2, 'cell')]).toEqual(['0 cells', '1 cell', '2 cells']);
});

test.each([
  ['BACC', 'BACC '],
  ['BACC', ' BACC'],
  ['BACC', 'BACC\u200b'],
  ['BACC', 'BA\u00adCC'],
  ['a b', 'a\u00a0b'],
  ['a b', 'a  b'],
  ['Ä', 'A\u0308'],
  ['BACC', 'ＢＡＣＣ'],
])('%j looks like %j', (a, b) => {
  expect(a).not.toBe(b);
  expect(seen(a)).toBe(seen(b));
});

test.each([
  ['BACC', 'bacc'],
  ['a b', 'ab'],
  ['NeRCC0', 'NeRCCO'],
])('%j does not look like %j', (a, b) => {
  expect(seen(a)).not.toBe(seen(b));
});
