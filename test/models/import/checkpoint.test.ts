import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { parseCheckpoint } from '../../../src/models/import/checkpoint.ts';

const golden = (name: string) => readFileSync(fileURLToPath(new URL(`golden/${name}`, import.meta.url)));

describe.each(['views-zip.pth', 'views-legacy.pth'])('%s', (name) => {
  test('shared storages, transposed views and all float types are read; integers are left out', () => {
    const { values, shapes } = JSON.parse(golden('views.values.json').toString());
    const state = parseCheckpoint(golden(name), name);
    expect([...state.keys()].sort()).toEqual(Object.keys(values).sort());
    for (const [tensor, { shape, data }] of state) {
      expect(shape).toEqual(shapes[tensor]);
      expect([...data]).toEqual(values[tensor].map(Math.fround));
    }
  });
});

test.each(['harm-zip.pth', 'harm-legacy.pth'])('%s: os.system is refused by name and nothing runs', (name) => {
  expect(() => parseCheckpoint(golden(name), name)).toThrow(
    new RegExp(`checkpoint ${name} is refused: it names (os|posix)\\.system, which no state dict needs`),
  );
  expect(existsSync('/tmp/approxifer-pickle-was-run')).toBe(false);
});

/** A zip archive of any entries, stored as torch.save does or deflated. */
function archive(entries: [string, Buffer][], deflate = false): Buffer {
  const table = Uint32Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c;
  });
  const crc32 = (data: Buffer) => ~data.reduce((c, byte) => table[(c ^ byte) & 255]! ^ (c >>> 8), ~0) >>> 0;
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, plain] of entries) {
    const data = deflate ? deflateRawSync(plain) : plain;
    const head = Buffer.alloc(30);
    head.writeUInt32LE(0x04034b50, 0);
    head.writeUInt16LE(name.length, 26);
    const record = Buffer.alloc(46);
    record.writeUInt32LE(0x02014b50, 0);
    record.writeUInt16LE(deflate ? 8 : 0, 10);
    record.writeUInt32LE(crc32(plain), 16);
    record.writeUInt32LE(data.length, 20);
    record.writeUInt32LE(plain.length, 24);
    record.writeUInt16LE(name.length, 28);
    record.writeUInt32LE(offset, 42);
    local.push(head, Buffer.from(name), data);
    central.push(record, Buffer.from(name));
    offset += 30 + name.length + data.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, ...central, end]);
}

const pickle = (text: string) => Buffer.from(`\x80\x02${text}.`, 'latin1');
const refusal = (file: Buffer) => () => parseCheckpoint(file, 'x.pth');

test.each([
  ['builtins eval', 'cbuiltins\neval\n(X\x01\x00\x00\x001tR', /it names builtins\.eval/],
  ['a global by STACK_GLOBAL', '\x8c\x02os\x8c\x06system\x93', /it names os\.system/],
  ['an instance by INST', '(ios\nsystem\n', /it names os\.system/],
  ['numpy', 'cnumpy.core.multiarray\nscalar\n)R', /it names numpy\.core\.multiarray\.scalar/],
  ['a call of a storage type', 'ctorch\nFloatStorage\n)R', /is refused/],
  [
    'a tensor without a storage',
    'ctorch._utils\n_rebuild_tensor_v2\n(K\x00K\x00))tR',
    /a tensor in it is described wrongly/,
  ],
  ['an extension', '\x82\x01', /it uses extension 1/],
  ['a persistent id of another kind', 'X\x01\x00\x00\x00aQ', /something other than a tensor storage/],
  ['no dictionary', 'K\x01', /it holds no state dict/],
  ['no tensors', '}', /there is no tensor in it/],
])('a pickle with %s is refused', (_, text, message) => {
  expect(refusal(archive([['x/data.pkl', pickle(text)]]))).toThrow(message);
});

test('a storage that is missing, and a tensor beyond its storage, are refused', () => {
  const tensor = (size: string) =>
    pickle(
      `}X\x01\x00\x00\x00actorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x02tQK\x00K${size}\x85K\x01\x85\x89)tRs`,
    );
  expect(refusal(archive([['x/data.pkl', tensor('\x02')]]))).toThrow(/its storage 0 is missing/);
  const data: [string, Buffer] = ['x/data/0', Buffer.alloc(8)];
  expect(parseCheckpoint(archive([['x/data.pkl', tensor('\x02')], data]), 'x').get('a')!.data).toEqual(
    new Float32Array(2),
  );
  expect(refusal(archive([['x/data.pkl', tensor('\x03')], data]))).toThrow(/reaches beyond its storage/);
  expect(
    refusal(
      archive([
        ['x/data.pkl', tensor('\x02')],
        ['x/data/0', Buffer.alloc(4)],
      ]),
    ),
  ).toThrow(/storage 0 is cut/);
});

test.each(['../evil', '/etc/passwd', 'a/../../b', 'C:\\x', '..\\x'])('an entry named %s is refused', (name) => {
  const message = `its entry '${name}' points outside its folder`;
  expect(
    refusal(
      archive([
        ['x/data.pkl', pickle('}')],
        [name, Buffer.alloc(1)],
      ]),
    ),
  ).toThrow(message);
});

test.each(['repvgg.pth', 'resnet-a.pth', 'vit-timm.safetensors'])('%s: cut anywhere, it is refused by name', (name) => {
  const file = golden(name);
  for (const share of [0.001, 0.1, 0.5, 0.9, 0.999]) {
    expect(() => parseCheckpoint(file.subarray(0, Math.floor(file.length * share)), name)).toThrow(
      `checkpoint ${name} is`,
    );
  }
});

test('flipped bits in an archive are found by their CRC-32', () => {
  for (const share of [0.3, 0.5, 0.7]) {
    const file = golden('repvgg.pth');
    const at = Math.floor(file.length * share);
    for (let i = at; i < at + 80; i++) file[i]! ^= 0x10; // longer than the zeros that align entries
    expect(refusal(file)).toThrow(/checkpoint x\.pth is refused: its (entry|zip)/);
  }
});

test('a deflated archive is read, and one that unpacks to more than it says is refused', () => {
  expect(refusal(archive([['x/data.pkl', pickle('}')]], true))).toThrow(/there is no tensor in it/);
  const bomb = archive([['x/data.pkl', Buffer.alloc(100_000)]], true);
  bomb.writeUInt32LE(10, bomb.indexOf(Buffer.from([0x50, 0x4b, 1, 2])) + 24);
  expect(refusal(bomb)).toThrow(/checkpoint x\.pth is refused/);
});

test('other files are told apart', () => {
  expect(refusal(Buffer.from('just a text'))).toThrow(
    'checkpoint x.pth is neither a file of torch.save nor safetensors',
  );
  expect(refusal(Buffer.alloc(0))).toThrow(/is neither/);
  expect(refusal(archive([['readme.txt', Buffer.from('hi')]]))).toThrow(/it has no data\.pkl/);
});
