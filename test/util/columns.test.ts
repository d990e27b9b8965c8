import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Columns } from '../../src/util/columns.ts';

const files = () => readdirSync(tmpdir()).filter((name) => name.startsWith('approxifer-trials-')).length;

test('a table gives back its columns, in memory and from a file, which is gone when it is closed', () => {
  const before = files();
  for (const rows of [1, 7, 4096, 4097, 8192, 10_000])
    for (const inMemory of [0, 1e9]) {
      const table = new Columns(3, rows, inMemory);
      const value = (row: number, column: number) => (row % 5 === 0 ? Number.NaN : row / 3 + column * 1e-9);
      for (let row = 0; row < rows; row++) table.add([value(row, 0), value(row, 1), value(row, 2)]);
      for (const column of [2, 0, 1])
        expect(table.column(column)).toEqual(Float64Array.from({ length: rows }, (_, row) => value(row, column)));
      table.close();
    }
  expect(files()).toBe(before);
});

test('a table that is not full gives what it has', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9000 }), fc.integer({ min: 0, max: 9000 }), (room, rows) => {
      const table = new Columns(2, Math.max(room, rows), 0);
      for (let row = 0; row < rows; row++) table.add([row, -row]);
      const found = [...table.column(1)];
      table.close();
      expect(found).toEqual(Array.from({ length: rows }, (_, row) => -row));
    }),
    { seed: 3, numRuns: 20 },
  );
});
