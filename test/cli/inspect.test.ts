import { Command } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseSurvivors, registerInspect } from '../../src/cli/inspect.ts';
import { encode } from '../../src/codecs/encoder.ts';
import { splineDecoder, splineEncoder } from '../../src/codecs/nercc.ts';
import { UserError } from '../../src/util/errors.ts';
import { batchOf } from '../codecs/helpers.ts';

async function inspect(...args: string[]): Promise<string> {
  let output = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    output += chunk;
    return true;
  });
  const program = new Command().exitOverride();
  registerInspect(program);
  await program.parseAsync(['inspect', ...args], { from: 'user' });
  return output;
}

const matrixOf = (csv: string) =>
  csv
    .trimEnd()
    .split('\n')
    .map((line) => line.split(',').map(Number));

afterEach(() => {
  vi.restoreAllMocks();
});

describe('inspect matrix', () => {
  it('prints the encoding matrix so that it reads back to the same doubles', async () => {
    const text = await inspect(
      'matrix',
      '--scheme',
      'nercc',
      '--K',
      '20',
      '--N',
      '60',
      '--lambda',
      '1e-6',
      '--what',
      'encode',
    );
    const expected = encode(splineEncoder(20, 60, 1e-6, 'default'), batchOf(20)).matrix;
    expect(matrixOf(text).flat()).toEqual([...expected.data]);
    expect(matrixOf(text)).toHaveLength(60);
  });

  it('prints the decoding matrix of the survivors, a row a query', async () => {
    const args = ['matrix', '--scheme', 'nercc', '--K', '3', '--N', '9', '--what', 'decode', '--survivors', '8,0,2-4'];
    const expected = splineDecoder(3, 9, 1e-3, 'legacy').decodingMatrix(Int32Array.of(0, 2, 3, 4, 8));
    const options = ['--lambda', '1e-3', '--option', 'nodes=legacy'];
    expect(matrixOf(await inspect(...args, ...options)).flat()).toEqual([...expected.data]);
    const json = JSON.parse(await inspect(...args, ...options, '--format', 'json'));
    expect(json).toMatchObject({ K: 3, N: 9, survivors: [0, 2, 3, 4, 8], options: { lambdaDec: 1e-3, lambdaEnc: 0 } });
    expect(json.rows.flat()).toEqual([...expected.data]);
  });

  it('takes all workers as survivors when none are named', async () => {
    const text = await inspect('matrix', '--scheme', 'bacc', '--K', '2', '--N', '5', '--what', 'decode');
    expect(matrixOf(text).map((row) => row.length)).toEqual([5, 5]);
  });

  it('says in one line what is wrong with the input', async () => {
    const base = ['matrix', '--K', '3', '--N', '6', '--what', 'decode'];
    for (const [args, message] of [
      [['--scheme', 'bac'], 'unknown scheme "bac"; did you mean "bacc"?'],
      [['--scheme', 'bacc', '--option', 'node=legacy'], 'scheme "bacc" has no option "node"; did you mean "nodes"?'],
      [
        ['--scheme', 'bacc', '--option', 'nodes=old'],
        'scheme "bacc", option nodes: expected one of default, legacy, first-kind, found "old"',
      ],
      [['--scheme', 'bacc', '--option', 'legacy'], '--option legacy: expected key=value'],
      [['--scheme', 'nercc', '--lambda', '-1'], 'scheme "nercc", option lambdaDec: must be at least 0, found -1'],
      [['--scheme', 'bacc', '--lambda', '1'], 'scheme "bacc" has no option "lambdaDec"'],
      [['--scheme', 'replication'], 'has no decoding matrix'],
      [['--scheme', 'bacc', '--survivors', '6'], 'there is no worker 6; N = 6 workers are 0 to 5'],
    ] as const) {
      const run = inspect(...base, ...args);
      await expect(run).rejects.toThrow(message);
      await expect(run).rejects.toBeInstanceOf(UserError);
    }
    await expect(inspect('matrix', '--scheme', 'uncoded', '--K', '4', '--N', '3', '--what', 'encode')).rejects.toThrow(
      'N = 3: scheme "uncoded" needs at least 4 workers for K = 4',
    );
    await expect(
      inspect('matrix', '--scheme', 'bacc', '--K', '3', '--N', '6', '--what', 'encode', '--survivors', '1'),
    ).rejects.toThrow('--survivors has no meaning for --what encode');
  });
});

describe('inspect nodes', () => {
  it('prints the queries and the workers, and where they coincide', async () => {
    const [queries, workers] = matrixOf(await inspect('nodes', '--K', '5', '--N', '7'));
    expect(queries).toHaveLength(5);
    expect(workers).toHaveLength(7);
    expect(workers![0]).toBe(1);
    const json = JSON.parse(await inspect('nodes', '--K', '5', '--N', '7', '--format', 'json'));
    expect(json).toEqual({ nodes: 'default', queries, workers, coincident: [[2, 3]] });
    await expect(inspect('nodes', '--scheme', 'uncoded', '--K', '2', '--N', '2')).rejects.toThrow('has no nodes');
  });
});

describe('parseSurvivors', () => {
  it('reads numbers and ranges', () => {
    expect([...parseSurvivors('5-7, 0,2', 8)]).toEqual([0, 2, 5, 6, 7]);
  });

  it('refuses what is no list of distinct workers', () => {
    for (const [text, message] of [
      ['', '"" is neither a worker nor a range'],
      ['1,,2', '"" is neither'],
      ['-1', '"-1" is neither'],
      ['1.5', '"1.5" is neither'],
      ['3-1', '3-1 runs backwards'],
      ['1-3,2', 'worker 2 comes twice'],
      ['8', 'there is no worker 8'],
    ] as const) {
      expect(() => parseSurvivors(text, 8)).toThrow(message);
    }
  });
});
