import { randomFillSync } from 'node:crypto';

/**
 * Secret numbers for keys: `count` centred residues mod `q`, independent and uniform, from the operating system's
 * cryptographic generator. Words that would favour small residues are thrown away (no modulo bias).
 * @param q an odd number below 2^32
 */
export function secretResidues(q: number, count: number): Float64Array {
  const out = new Float64Array(count);
  const words = new Uint32Array(Math.min(16_384, Math.max(16, count)));
  const limit = 2 ** 32 - (2 ** 32 % q);
  const half = (q - 1) / 2;
  let next = words.length;
  for (let i = 0; i < count; ) {
    if (next === words.length) {
      randomFillSync(words);
      next = 0;
    }
    const word = words[next++]!;
    if (word < limit) out[i++] = (word % q) - half;
  }
  return out;
}
