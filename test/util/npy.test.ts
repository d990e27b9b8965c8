import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDataset } from '../../src/datasets/registry.ts';
import { parseNpy } from '../../src/util/npy.ts';
import { temporaryFolder } from '../helpers/folder.ts';

// numpy.save of arange(12, dtype='<f4').reshape(2, 3, 2) / 4, array([3, 1]), array([[0, 51], [255, 102]], 'u1') and
// asfortranarray(zeros((2, 2))), NumPy 1.24
const pad = (text: string) => `${text.padEnd(117)}\n`;
const npy = (header: string, data: ArrayBufferView) =>
  Buffer.concat([
    Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, 118, 0]),
    Buffer.from(pad(header)),
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  ]);
const saved = {
  floats: Buffer.from(
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAACAPgAAAD8AAEA/AACAPwAAoD8AAMA/AADgPwAAAEAAABBAAAAgQAAAMEA=',
    'base64',
  ),
  labels: Buffer.from(
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoDAAAAAAAAAAEAAAAAAAAA',
    'base64',
  ),
  bytes: Buffer.from(
    'k05VTVBZAQB2AHsnZGVzY3InOiAnfHUxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAM/9m',
    'base64',
  ),
  fortran: Buffer.from(
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMiksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==',
    'base64',
  ),
};

test('arrays saved by NumPy are read', () => {
  const floats = parseNpy(saved.floats, 'x');
  expect(floats.shape).toEqual([2, 3, 2]);
  expect([...(floats.data as Float32Array)]).toEqual(Array.from({ length: 12 }, (_, i) => i / 4));
  expect(parseNpy(saved.labels, 'y')).toEqual({ shape: [2], data: BigInt64Array.from([3n, 1n]) });
});

test('points and labels make a data set: floats as they are, bytes as pixel / 255', async () => {
  const folder = temporaryFolder();
  for (const [name, bytes] of Object.entries(saved)) writeFileSync(join(folder, `${name}.npy`), bytes);
  const open = (points: string, labels = 'labels.npy') => openDataset({ npy: points, labels }, { folder });
  const floats = await open('floats.npy');
  expect([floats.name, floats.length, ...floats.shape]).toEqual(['floats.npy', 2, 3, 2]);
  expect([floats.label!(0), floats.label!(1)]).toEqual([3, 1]);
  const out = new Float32Array(6);
  await floats.read([1], out);
  expect([...out]).toEqual([1.5, 1.75, 2, 2.25, 2.5, 2.75]);
  const pixels = new Float32Array(2);
  await (await open('bytes.npy')).read([1], pixels);
  expect([...pixels]).toEqual([1, Math.fround(0.4)]);

  await expect(open('fortran.npy')).rejects.toThrow(/in Fortran order; save it with numpy\.ascontiguousarray/);
  await expect(open('labels.npy')).rejects.toThrow(/has shape \[2\]; points need shape \[n, …\]/);
  await expect(open('floats.npy', 'bytes.npy')).rejects.toThrow(/need labels of shape \[2\]/);
  await expect(open('missing.npy')).rejects.toThrow(/missing\.npy cannot be read: no such file/);
});

test('labels that are no classes are refused', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'x.npy'), saved.floats);
  const header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }";
  writeFileSync(join(folder, 'y.npy'), npy(header, Float64Array.of(1, 0.5)));
  await expect(openDataset({ npy: 'x.npy', labels: 'y.npy' }, { folder })).rejects.toThrow(
    /label 1 is 0\.5, not a class 0, 1, …; targets of a regression .*: leave labels: out/,
  );
});

test('damaged and foreign files are named', () => {
  expect(() => parseNpy(saved.floats.subarray(0, 150), 'cut.npy')).toThrow(/cut\.npy is truncated/);
  expect(() => parseNpy(Buffer.concat([saved.floats, Buffer.alloc(1)]), 'long.npy')).toThrow(/long\.npy is too long/);
  expect(() => parseNpy(Buffer.from('no array at all'), 'text.npy')).toThrow('text.npy is not a .npy file');
  const complex = npy("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", Float32Array.of(1, 2));
  expect(() => parseNpy(complex, 'c.npy')).toThrow(/numbers of type <c8/);
});

/** An array as numpy.save writes it. */
const array = (descr: string, shape: readonly number[], data: ArrayBufferView) =>
  npy(`{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`, data);

/** The points of an array of shape [2, 2]. */
async function pointsOf(descr: string, data: ArrayBufferView): Promise<number[]> {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'x.npy'), array(descr, [2, 2], data));
  const out = new Float32Array(4);
  await (await openDataset({ npy: 'x.npy' }, { folder })).read([0, 1], out);
  return [...out];
}

const swapped = (data: ArrayBufferView, size: number) => {
  const bytes = new Uint8Array(data.buffer.slice(0));
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
  return bytes;
};

test.each([
  ['|u1', Uint8Array.of(0, 51, 255, 102)],
  ['<u2', Uint16Array.of(0, 51, 255, 102)],
  ['<i2', Int16Array.of(0, 51, 255, 102)],
  ['<i4', Int32Array.of(0, 51, 255, 102)],
  ['<u4', Uint32Array.of(0, 51, 255, 102)],
  ['<i8', BigInt64Array.of(0n, 51n, 255n, 102n)],
  ['<u8', BigUint64Array.of(0n, 51n, 255n, 102n)],
  ['>i4', swapped(Int32Array.of(0, 51, 255, 102), 4)],
])('integers of type %s are pixels', async (descr, data) => {
  expect(await pointsOf(descr, data)).toEqual([0, 0.2, 1, 0.4].map(Math.fround));
});

test.each([
  ['<f4', Float32Array.of(0, -1.5, 300, 0.1)],
  ['<f8', Float64Array.of(0, -1.5, 300, 0.1)],
  ['>f8', swapped(Float64Array.of(0, -1.5, 300, 0.1), 8)],
  ['>f4', swapped(Float32Array.of(0, -1.5, 300, 0.1), 4)],
])('floats of type %s are points as they are', async (descr, data) => {
  expect(await pointsOf(descr, data)).toEqual([0, -1.5, 300, 0.1].map(Math.fround));
});

test('half floats, booleans and small signed integers', async () => {
  // 1, -2, 65504 and the smallest positive half float
  expect(await pointsOf('<f2', Uint16Array.of(0x3c00, 0xc000, 0x7bff, 1))).toEqual([1, -2, 65504, 2 ** -24]);
  expect(await pointsOf('|b1', Uint8Array.of(0, 1, 1, 0))).toEqual([0, 1, 1, 0]);
  expect(await pointsOf('|i1', Int8Array.of(0, 51, 102, 127))).toEqual([0, 0.2, 0.4, 127 / 255].map(Math.fround));
  await expect(pointsOf('|i1', Int8Array.of(0, 1, -1, 127))).rejects.toThrow(
    /x\.npy: point 1 holds -1 at \[0\]; integers are pixels 0 … 255: save other numbers as float32/,
  );
  await expect(pointsOf('<u2', Uint16Array.of(0, 1, 2, 65535))).rejects.toThrow(/point 1 holds 65535 at \[1\]/);
});

test('a point that is not finite is named', async () => {
  const points = Float32Array.from({ length: 12 }, (_, i) => i);
  points[10] = Number.NaN;
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'x.npy'), array('<f4', [2, 3, 2], points));
  await expect(openDataset({ npy: 'x.npy' }, { folder })).rejects.toThrow(/x\.npy: point 1 holds NaN at \[2,0\]/);
  await expect(pointsOf('<f2', Uint16Array.of(0x7c00, 0, 0, 0))).rejects.toThrow(/point 0 holds Infinity at \[0\]/);
  // finite as a double, but not as the float32 that a model is given
  await expect(pointsOf('<f8', Float64Array.of(0, 0, 0, 1e300))).rejects.toThrow(/point 1 holds 1e\+300 at \[1\]/);
});

test('headers of Python 2, structured types, arrays without points', async () => {
  const data = Float32Array.of(1, 2, 3, 4);
  const old = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 2L), }", data);
  expect(parseNpy(old, 'x').shape).toEqual([2, 2]);
  const fields = npy("{'descr': [('a', '<f4'), ('b', '<f4')], 'fortran_order': False, 'shape': (2,), }", data);
  expect(() => parseNpy(fields, 'x.npy')).toThrow('x.npy has a structured type (named fields); save the field');
  const odd = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, -2), }", data);
  expect(() => parseNpy(odd, 'x.npy')).toThrow('its header is broken');
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'x.npy'), array('<f4', [0, 2], new Float32Array(0)));
  await expect(openDataset({ npy: 'x.npy' }, { folder })).rejects.toThrow(/it holds no points/);
});

test('points without labels; their digest and name do not depend on where they lie', async () => {
  const [here, there] = [temporaryFolder(), temporaryFolder()];
  for (const folder of [here, there]) {
    writeFileSync(join(folder, 'x.npy'), saved.floats);
    writeFileSync(join(folder, 'y.npy'), saved.labels);
  }
  const bare = await openDataset({ npy: 'x.npy' }, { folder: here });
  expect(bare.label).toBeUndefined();
  const labelled = await openDataset({ npy: join(there, 'x.npy'), labels: join(there, 'y.npy') });
  const same = await openDataset({ npy: 'z/../x.npy', labels: './y.npy' }, { folder: here });
  expect([labelled.name, labelled.sha256]).toEqual([same.name, same.sha256]);
  expect([bare.name, bare.sha256 === labelled.sha256]).toEqual(['x.npy', false]);
});
