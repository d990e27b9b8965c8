import { expect, test } from 'vitest';
import { parseCheckpoint } from '../../../src/models/import/checkpoint.ts';

function safetensors(header: object, data: Uint8Array): Buffer {
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

test('floats of every size are read, integers and metadata left out', () => {
  const data = Buffer.alloc(26);
  data.writeFloatLE(1.5, 0);
  data.writeDoubleLE(-2.25, 4);
  for (const [i, half] of [0x3c00, 0xc000, 0x0001, 0x7c00].entries()) data.writeUInt16LE(half, 12 + 2 * i); // 1, -2, 2^-24, ∞
  data.writeUInt16LE(0x4049, 20); // bfloat16 of 3.140625
  data.writeInt32LE(7, 22);
  const state = parseCheckpoint(
    safetensors(
      {
        __metadata__: { format: 'pt' },
        a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
        b: { dtype: 'F64', shape: [], data_offsets: [4, 12] },
        c: { dtype: 'F16', shape: [2, 2], data_offsets: [12, 20] },
        d: { dtype: 'BF16', shape: [1], data_offsets: [20, 22] },
        e: { dtype: 'I32', shape: [1], data_offsets: [22, 26] },
      },
      data,
    ),
    'x',
  );
  expect([...state].map(([name, { shape, data: values }]) => [name, shape, [...values]])).toEqual([
    ['a', [1], [1.5]],
    ['b', [], [-2.25]],
    ['c', [2, 2], [1, -2, 2 ** -24, Number.POSITIVE_INFINITY]],
    ['d', [1], [3.140625]],
  ]);
});

const one = (entry: object, size = 4) =>
  safetensors({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4], ...entry } }, Buffer.alloc(size));

test.each([
  ['bytes that do not fit the shape', one({ shape: [2] }), /its tensor a has 4 bytes, its shape asks for 8/],
  ['a tensor beyond the file', one({ shape: [2], data_offsets: [0, 8] }), /its tensor a is cut/],
  ['offsets that go backwards', one({ data_offsets: [4, 0] }), /its tensor a is described wrongly/],
  ['offsets before the data', one({ data_offsets: [-4, 0] }, 0), /its tensor a is described wrongly/],
  [
    'tensors that share their bytes',
    safetensors(
      {
        a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
        b: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
      },
      Buffer.alloc(4),
    ),
    /its tensor b overlaps another/,
  ],
  [
    'tensors that share bytes, with a hole that makes up for it',
    safetensors(
      {
        a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
        b: { dtype: 'F32', shape: [1], data_offsets: [4, 8] },
        c: { dtype: 'F32', shape: [1], data_offsets: [12, 16] },
      },
      Buffer.alloc(16),
    ),
    /its tensor b overlaps another/,
  ],
  [
    'a hole',
    safetensors({ a: { dtype: 'F32', shape: [1], data_offsets: [4, 8] } }, Buffer.alloc(8)),
    /nothing describes its bytes 0 to 4/,
  ],
  ['an entry that is null', safetensors({ a: null }, Buffer.alloc(4)), /its tensor a is described wrongly/],
  ['a type that objects have', one({ dtype: 'constructor' }), /there is no float tensor in it/],
  ['three offsets', one({ data_offsets: [0, 4, 4] }), /its tensor a is described wrongly/],
  ['no shape', one({ shape: null }), /its tensor a is described wrongly/],
  ['a negative size', one({ shape: [-1] }), /its tensor a is described wrongly/],
  ['bytes that nothing uses', one({}, 5), /it is longer than its header says/],
  ['only integers', one({ dtype: 'I32' }), /there is no float tensor in it/],
  [
    'a header that is no JSON',
    Buffer.concat([Buffer.from([3, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('{a}')]),
    /is refused/,
  ],
  [
    'a header beyond the file',
    Buffer.concat([Buffer.from([99, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('{}')]),
    /its header is cut/,
  ],
])('%s: refused', (_, bytes, message) => {
  expect(() => parseCheckpoint(bytes, 'x.safetensors')).toThrow(message);
});

test('a giant or deeply nested header is refused at once', () => {
  const header = (text: string) => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    return Buffer.concat([length, Buffer.from(text)]);
  };
  const long = header(`{"a": "${'x'.repeat(3e6)}"}`);
  const deep = header(`{"a": ${'['.repeat(9e5)}${']'.repeat(9e5)}}`);
  const wide = header(
    `{${Array.from({ length: 30_000 }, (_, i) => `"t${i}":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}`)}}`,
  );
  const start = performance.now();
  expect(() => parseCheckpoint(long, 'x')).toThrow(/^checkpoint x is refused: its header is cut or longer than 2 MB$/);
  expect(() => parseCheckpoint(deep, 'x')).toThrow(/^checkpoint x is refused: it is nested more than 3 levels deep$/);
  expect(() => parseCheckpoint(wide, 'x')).toThrow(/^checkpoint x is refused: its tensor t0 is cut$/);
  expect(performance.now() - start).toBeLessThan(4000);
});
