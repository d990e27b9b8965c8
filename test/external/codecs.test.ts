import { expect, test } from 'vitest';
import { composeCodec, defaultCombination } from '../../src/codecs/compose.ts';
import { encode } from '../../src/codecs/encoder.ts';
import { schemes } from '../../src/codecs/registry.ts';
import { codecService } from '../../src/coded/codec-service.ts';
import { type Message, packed, Unpacker, type WireArray } from '../../src/external/wire.ts';
import { encodePoints } from '../../src/math/gemm.ts';
import { batchOf, receivedOf } from '../codecs/batch-of.ts';
import { hasNumPy, python } from '../helpers/python.ts';

const [K, N, D, m] = [3, 11, 5, 2];
const rows = (count: number, width: number, by: number) =>
  Array.from({ length: count }, (_, i) =>
    Array.from({ length: width }, (_, j) => Math.fround(Math.sin(by * (1 + i * width + j)))),
  );
const queries = rows(K, D, 1);
const survivors = [0, 2, 3, 4, 5, 6, 7, 8, 10];
const answers = rows(N, m, 2).map((row, n) => row.map((y) => (n === 4 ? y + 50 : y)));

/** What the codecs of this process give, as Python is to find it. */
function expected(name: string, own: object, parts: object) {
  const scheme = schemes.get(name);
  const combination = { ...defaultCombination, ...scheme.combination, ...parts };
  const codec = composeCodec(scheme, scheme.options.parse(own), combination, K, N);
  const batch = batchOf(queries);
  const encoding = encode(codec.encoder, batch);
  const points = new Float32Array(N * D);
  encodePoints(encoding.matrix, batch.points, D, points);
  const received = receivedOf({ encoding, batch, E: 1 }, answers, survivors);
  const excluded = codec.locator?.locate(received);
  const kept = excluded ? received.survivors.filter((worker) => !excluded.includes(worker)) : received.survivors;
  const { outputs } = codec.decoder.decode({ ...received, survivors: kept });
  const given = { ...own, ...parts };
  return {
    name,
    given,
    matrix: [...encoding.matrix.data],
    points: [...points],
    outputs: [...outputs],
    excluded: excluded ? [...excluded] : null,
  };
}

test.skipIf(!hasNumPy)('the codecs have the same numbers from Python, bit for bit (needs `npm run build`)', () => {
  const cases = [
    expected('bacc', {}, {}),
    expected('nercc', { lambdaEnc: 1e-4, lambdaDec: 1e-5 }, {}),
    expected('nercc', { lambdaEnc: 0, lambdaDec: 1e-5 }, { order: 'path' }),
    expected('approxifer', { nodes: 'legacy' }, {}),
    expected('bacc', {}, { decoder: 'kriging', locator: 'kriging' }),
    expected('kriging', {}, {}),
  ];
  expect(cases.filter(({ excluded }) => excluded?.includes(4))).not.toHaveLength(0);
  const script = `
import json, sys
import numpy as np
import approxifer
given = json.loads(sys.argv[1])
F = np.array(given['survivors'])
X = np.array(given['queries'])
Y = np.array(given['answers'])[F]
for case in given['cases']:
    code = approxifer.Codec(case['name'], ${K}, ${N}, **case['given'])
    same = lambda what, value: np.array_equal(np.ravel(value), case[what]) or sys.exit(f"{case['name']} {case['given']}: {what} {value}")
    same('matrix', code.encoding_matrix(X))
    same('points', code.encode(X))
    same('outputs', code.decode(Y, F, E=1, queries=X))
    if case['excluded'] is not None:
        same('excluded', code.locate(Y, F, E=1, queries=X))
code = approxifer.nercc(${K}, ${N}, lambdaDec=1e-3)
assert np.allclose(code.decoding_matrix(F) @ Y, code.decode(Y, F), rtol=0, atol=1e-12)
def refused(kind, call):
    try:
        call()
    except kind as error:
        print(error)
refused(ValueError, lambda: approxifer.bacc(${K}, ${N}, node='legacy').encoding_matrix())
refused(ValueError, lambda: approxifer.nercc(${K}, ${N}, lambdaEnc=[0, 1]).encoding_matrix())
refused(ValueError, lambda: approxifer.bacc(${K}, ${N}, order='path').decode(Y, F))
refused(ValueError, lambda: approxifer.bacc(${K}, ${N}, order='path').decoding_matrix(F))
refused(ValueError, lambda: approxifer.bacc(${K}, ${N}).decode(Y, F[::-1]))
refused(ValueError, lambda: approxifer.bacc(${K}, ${N}).decode(Y[1:], F))
refused(ValueError, lambda: approxifer.bacc(${K}, ${N}).locate(Y, F))
refused(ValueError, lambda: approxifer.Codec('uncoded', ${K}, ${N}).encoding_matrix())
refused(approxifer.DecodeFailure, lambda: approxifer.Codec('parm', 4, 5).decode(Y[:1], [4], queries=np.zeros((4, 4))))
`;
  const said = python(script, JSON.stringify({ queries, answers, survivors, cases }));
  expect(said.trim().split('\n')).toEqual([
    expect.stringMatching(/unknown key "node"; did you mean "nodes"\?/),
    expect.stringMatching(/one λ_enc and one λ_dec/),
    expect.stringMatching(/looks at the queries; give queries/),
    expect.stringMatching(/no decoding matrix that serves every batch/),
    expect.stringMatching(/survivor 8: .* 0 to 10, ascending/),
    expect.stringMatching(/answers have the shape \[8, 2\]; right is \[9, m\]/),
    expect.stringMatching(/no locator/),
    expect.stringMatching(/uncoded has N = 3 workers for K = 3, not 11/),
    expect.stringMatching(/no query's answer came/),
  ]);
});

/** The message as it comes at the other end. */
function sent(message: Message): Message {
  return new Unpacker().take(Buffer.concat(packed(message)))[0]!;
}

test('the service names what it does not know, answers by id, and draws from the seed', () => {
  const service = codecService();
  const ask = (header: object, arrays: Record<string, WireArray> = {}) =>
    sent(service(sent({ header: { ...header, id: 7 }, arrays })));
  expect(ask({ type: 'hello', protocol: 1 }).header).toMatchObject({ type: 'hello', protocol: 1, id: 7 });
  expect(ask({ type: 'guess' }).header).toMatchObject({ type: 'error', kind: 'wrong', id: 7 });
  for (const scheme of ['external', 'matrix', 'no such scheme'])
    expect(ask({ type: 'encode', scheme, K: 2, N: 4 }).header).toMatchObject({ type: 'error', kind: 'wrong' });
  expect(ask({ type: 'encode', scheme: 'bacc', K: 0, N: 4 }).header.message).toMatch(/K is 0; right is/);
  const random = { scheme: 'replication', K: 2, N: 4, options: { fallback: 'random' } };
  const decode = (seed: number) =>
    ask(
      { type: 'decode', ...random, seed },
      {
        answers: { shape: [1, 50], data: Float64Array.from({ length: 50 }, (_, j) => j) },
        survivors: { shape: [1], data: Int32Array.of(0) },
      },
    ).arrays.outputs!.data;
  expect(decode(1)).toEqual(decode(1));
  expect(decode(1)).not.toEqual(decode(2));
});
