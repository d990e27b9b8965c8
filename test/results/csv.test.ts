import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvLine } from '../../src/results/csv.ts';

const field = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.double().map(String),
  fc.constantFrom('', 'NeRCC0', 'a b', 'a,b', 'a"b', 'a\nb', 'a\rb', '=1+1', '+1', '-1.5e-7', 'c;d', "it's", 'λ'),
);

test('a line is the one that csv-stringify writes', () => {
  fc.assert(
    fc.property(fc.array(field, { minLength: 1, maxLength: 6 }), (fields) => {
      expect(csvLine(fields)).toBe(stringify([fields], { record_delimiter: '' }));
    }),
    { numRuns: 500 },
  );
});
