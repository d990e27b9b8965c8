import path from 'node:path';
import * as z from 'zod';
import type { Decoded, Received } from '../codecs/codec.ts';
import { combineRows, lastResult } from '../codecs/linear.ts';
import { ascendingOrder } from '../codecs/nodes.ts';
import type { Matrix } from '../math/matrix.ts';
import { DecodeFailure, UserError } from '../util/errors.ts';
import { readUserFile, sha256 } from '../util/files.ts';
import { parseNpy } from '../util/npy.ts';
import { type DecodingRule, leastSquaresRule, tableRule } from './matrix-decoder.ts';
import { type OpenedScheme, type OutsideScheme, type Place, unopened } from './outside.ts';

const npyFile = z.templateLiteral([z.string(), '.npy'], { error: 'expected the name of a .npy file' });
const error = (words: string) => ({ error: `expected ${words} or the name of a .npy file` });

const options = z.strictObject({
  encode: npyFile.describe('.npy file of the encoding matrix [N, K]: row n makes the coded point of worker n'),
  decode: z
    .union([z.enum(['pseudo-inverse', 'least-squares']), npyFile], error('pseudo-inverse, least-squares'))
    .default('pseudo-inverse')
    .describe(
      'pseudo-inverse of the rows that answered; least-squares: the same, and a failure where they do not determine all queries; or a .npy file of decoding matrices [P, K, N], of which the first serves whose workers (columns not all zero) answered',
    ),
  nodes: z
    .union([z.enum(['default', 'legacy']), npyFile], error('default, legacy'))
    .optional()
    .describe('of the workers, for locator: approxifer: as in bacc, or a .npy file [N] of numbers in [-1, 1]'),
});
type MatrixOptions = z.output<typeof options>;

/** Any linear code, as matrices in files (docs/how-to/own-matrices.md). */
export const matrixScheme: OutsideScheme<MatrixOptions> = {
  name: 'matrix',
  summary: 'any linear code, given by matrices in .npy files',
  options,
  unlisted: ['encode', 'decode', 'nodes'],
  label: ({ encode }) => path.parse(encode).name,
  minimumWorkers(_, { encode }) {
    throw new UserError(`how many workers there are is not known before ${encode} is read; give N, its rows`);
  },
  workersFormula: 'S + 1',
  ...unopened,
  open: openMatrix,
};

async function openMatrix({ encode, decode, nodes }: MatrixOptions, place: Place): Promise<OpenedScheme> {
  const digests: Record<string, string> = {};
  const read = async (role: keyof MatrixOptions, file: string, axes: readonly string[]) => {
    const bytes = await readUserFile(path.resolve(place.folder, file), `${role} of a matrix scheme`);
    digests[`${place.label}: ${path.basename(file)} (${role})`] = sha256(bytes);
    return checked(file, parseNpy(bytes, file), axes);
  };
  const { shape, data } = await read('encode', encode, ['N', 'K']);
  const [N, K] = shape as [number, number];
  const encoding = { rows: N, columns: K, data };
  const rule = isFile(decode)
    ? tableOf(decode, await read('decode', decode, ['P', 'K', 'N']), encoding)
    : leastSquaresRule(encoding, decode === 'least-squares');
  const decodingMatrix = lastResult(rule);
  const workerNodes =
    nodes !== undefined && isFile(nodes) ? nodesOf(nodes, await read('nodes', nodes, ['N']), N) : nodes;
  return {
    digests,
    ignoresQueries: true,
    ...(workerNodes && { nodes: workerNodes }),
    async encoder(wantedK, wantedN) {
      if (wantedK !== K || wantedN !== N)
        throw new UserError(
          `${encode} is a matrix [${N}, ${K}], a row a worker; with N = ${wantedN} and K = ${wantedK} it must be [${wantedN}, ${wantedK}]`,
        );
      return { K, N, matrix: encoding };
    },
    decode: async (_, received) => received.map((each) => decodeOne(decodingMatrix, each)),
    async close() {},
  };
}

function isFile(text: string): text is z.output<typeof npyFile> {
  return text.endsWith('.npy');
}

function decodeOne(decodingMatrix: DecodingRule, { answers, m, survivors }: Received): Decoded | DecodeFailure {
  try {
    return { outputs: combineRows(decodingMatrix(survivors), answers, m, survivors).data };
  } catch (failure) {
    if (failure instanceof DecodeFailure) return failure;
    throw failure;
  }
}

interface Numbers {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** @throws UserError when the array has not these axes, or a number in it is not finite */
function checked(file: string, { shape, data }: ReturnType<typeof parseNpy>, axes: readonly string[]): Numbers {
  if (shape.length !== axes.length || shape.includes(0))
    throw new UserError(`${file} is an array of shape [${shape.join(', ')}]; right is [${axes.join(', ')}]`);
  const numbers = Float64Array.from(data as ArrayLike<number | bigint>, Number);
  const wrong = numbers.find((value) => !Number.isFinite(value));
  if (wrong !== undefined) throw new UserError(`${file} has ${wrong} in it; all its numbers must be finite`);
  return { shape, data: numbers };
}

function tableOf(file: string, { shape, data }: Numbers, { rows: N, columns: K }: Matrix): DecodingRule {
  const [, rows, columns] = shape;
  if (rows !== K || columns !== N)
    throw new UserError(`${file} holds matrices [${rows}, ${columns}]; right is [K, N] = [${K}, ${N}]`);
  return tableRule(data, K, N);
}

function nodesOf(file: string, { data }: Numbers, N: number): Float64Array {
  if (data.length !== N) throw new UserError(`${file} has ${data.length} nodes; right is one for each of N = ${N}`);
  const outside = data.find((node) => Math.abs(node) > 1);
  if (outside !== undefined) throw new UserError(`${file} has the node ${outside}; nodes lie in [-1, 1]`);
  try {
    ascendingOrder(data);
  } catch (fault) {
    throw fault instanceof RangeError ? new UserError(`${file}: ${fault.message}`) : fault;
  }
  return data;
}
