import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseNpy } from '../../src/datasets/npy.ts';
import { openDataset } from '../../src/datasets/registry.ts';
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
    /label 1 is 0\.5, not a class/,
  );
});

test('damaged and foreign files are named', () => {
  expect(() => parseNpy(saved.floats.subarray(0, 150), 'cut.npy')).toThrow(/cut\.npy is truncated/);
  expect(() => parseNpy(Buffer.concat([saved.floats, Buffer.alloc(1)]), 'long.npy')).toThrow(/long\.npy is too long/);
  expect(() => parseNpy(Buffer.from('no array at all'), 'text.npy')).toThrow('text.npy is not a .npy file');
  const complex = npy("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", Float32Array.of(1, 2));
  expect(() => parseNpy(complex, 'c.npy')).toThrow(/numbers of type <c8/);
});
