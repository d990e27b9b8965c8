import { writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestOfContent, digestOfPieces } from '../../src/results/manifest.ts';
import { Lines } from '../../src/runs/lines.ts';
import { FileBytes } from '../../src/util/file-bytes.ts';
import { temporaryFolder } from '../helpers/folder.ts';

const window = 1 << 18;
/** Texts whose line ends lie about where a piece of the file ends. */
const texts = fc
  .array(fc.tuple(fc.integer({ min: -3, max: 3 }), fc.constantFrom('\n', '\r\n', '\r', 'é\n'), fc.nat(3)), {
    maxLength: 4,
  })
  .map((parts) => parts.map(([near, end, pieces]) => 'x'.repeat(pieces * window + Math.max(0, near)) + end).join(''));

test('a file read in pieces has the lines and the digest of the whole', { timeout: 60_000 }, () => {
  const file = path.join(temporaryFolder(), 'text.csv');
  fc.assert(
    fc.property(texts, (text) => {
      writeFileSync(file, text);
      const [pieces, whole] = [new Lines(new FileBytes(file), file), new Lines(Buffer.from(text), file)];
      for (let line = whole.take(); line !== undefined; line = whole.take()) {
        expect(pieces.take()).toBe(line);
        expect(pieces.offset).toBe(whole.offset);
      }
      expect([pieces.take(), pieces.isCut]).toEqual([undefined, whole.isCut]);
      for (const name of ['a.csv', 'a.npy'])
        expect(digestOfPieces(name, new FileBytes(file))).toBe(digestOfContent(name, Buffer.from(text)));
    }),
    { seed: 8, numRuns: 60 },
  );
});
