import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { bacc } from '../src/codecs/berrut.ts';
import { encode } from '../src/codecs/encoder.ts';
import { nercc as neRcc } from '../src/codecs/nercc.ts';
import * as library from '../src/index.ts';
import { batchOf, received } from './codecs/helpers.ts';

const { berrut, nercc } = library;

describe('the example of docs/how-to/library.md', () => {
  it('prints what the page says (needs `npm run build`)', () => {
    const page = readFileSync(new URL('../docs/how-to/library.md', import.meta.url), 'utf8');
    const block = (language: string) => new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(page)![1]!;
    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', block('js')], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      encoding: 'utf8',
    });
    expect(output).toBe(block('text'));
  });

  it('names functions that are exported', () => {
    const page = readFileSync(new URL('../docs/reference/library.md', import.meta.url), 'utf8');
    const table = [...page.matchAll(/^\| `(\w+)\(/gm)];
    expect(table.length).toBeGreaterThan(8);
    for (const [, name] of table) expect(library).toHaveProperty(name!);
  });
});

describe('codes of the library', () => {
  it('are the schemes of the configs', () => {
    const [K, N, m] = [6, 17, 2];
    const survivors = [1, 2, 5, 9, 10, 16];
    const all = Float64Array.from({ length: N * m }, (_, i) => Math.sin(i * i));
    const answers = Float64Array.from(survivors.flatMap((n) => [...all.subarray(n * m, (n + 1) * m)]));
    const smoothing = { lambdaEnc: 1e-3, lambdaDec: 1e-4 };
    for (const nodes of ['default', 'legacy'] as const) {
      for (const [code, encoder, decoder] of [
        [berrut({ K, N, nodes }), bacc.encoder(K, N, { nodes }), bacc.decoder(K, N, { nodes })],
        [
          nercc({ K, N, nodes, ...smoothing }),
          neRcc.encoder(K, N, { nodes, ...smoothing }),
          neRcc.decoder(K, N, { nodes, ...smoothing }),
        ],
      ] as const) {
        expect([code.K, code.N]).toEqual([K, N]);
        expect(code.encodingMatrix).toEqual(encode(encoder, batchOf(K)).matrix);
        const { outputs } = decoder.decode(received(all, m, Int32Array.from(survivors)));
        code.decode(answers, m, survivors).forEach((value, i) => {
          expect(value).toBeCloseTo(outputs[i]!, 10);
        });
      }
    }
  });

  it('encode by their encoding matrix', () => {
    const code = berrut({ K: 3, N: 5 });
    const coded = code.encode(Float32Array.of(1, 10, 2, 20, 3, 30), 2);
    for (let n = 0; n < 5; n++) {
      const [a, b, c] = code.encodingMatrix.data.subarray(n * 3, n * 3 + 3);
      expect(coded[2 * n]).toBeCloseTo(a! + 2 * b! + 3 * c!, 5);
      expect(coded[2 * n + 1]).toBeCloseTo(10 * (a! + 2 * b! + 3 * c!), 4);
    }
  });

  it('take answers in single precision, as models give them', () => {
    const code = nercc({ K: 3, N: 5 });
    const answers = Float32Array.of(0.1, -2, 0.3, 7, 1e-3, 5);
    expect(code.decode(answers, 2, [0, 2, 3])).toEqual(code.decode(Float64Array.from(answers), 2, [0, 2, 3]));
    const nodes = library.chebyshevSecondKind(6);
    expect(library.locatorVotes(nodes, answers, 2, 1)).toEqual(
      library.locatorVotes(nodes, Float64Array.from(answers), 2, 1),
    );
  });

  it('refuse what cannot be computed', () => {
    const code = nercc({ K: 3, N: 5 });
    expect(() => berrut({ K: 0, N: 5 })).toThrow('the count must be a positive integer');
    expect(() => nercc({ K: 3, N: 5, lambdaEnc: -1 })).toThrow('lambda is -1');
    expect(() => code.encode(new Float32Array(5), 2)).toThrow('5 numbers do not fill X [3, 2]');
    expect(() => code.decodingMatrix([])).toThrow('nothing can be decoded from no answers');
    expect(() => code.decodingMatrix([0, 5])).toThrow('survivor 5 is no worker; there are workers 0 to 4');
    expect(() => code.decodingMatrix([0, 1.5])).toThrow('survivor 1.5 is no worker');
    expect(() => code.decodingMatrix([1, 1])).toThrow('survivor 1 comes after 1; they must ascend');
    expect(() => code.decode(new Float64Array(3), 2, [0, 1])).toThrow('3 numbers do not fill the answers [2, 2]');
  });
});
