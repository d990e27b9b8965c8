import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
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
  expect(existsSync('approxifer-pickle-was-run')).toBe(false);
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
  ['an extension', '\x82\x01', /has the operation 0x82, which torch\.save does not write/],
  ['a new object', 'ccollections\nOrderedDict\n)\x81', /has the operation 0x81/],
  ['an instance of what may be named', '(icollections\nOrderedDict\n', /its pickle is damaged/],
  [
    'a name hidden in another',
    'cbuiltins\ngetattr\n(cos\nenviron\nX\x03\x00\x00\x00gettR',
    /it names builtins\.getattr/,
  ],
  ['terminal codes in a name', '\x8c\x03o\x1b\n\x8c\x06system\x93', /it names o\?\?\.system/],
  ['a name that is no text', ')X\x01\x00\x00\x00b\x93', /its pickle is damaged/],
  ['a negative length', 'B\xfb\xff\xff\xff', /has the operation 0x42/],
  ['a text longer than the file', 'X\xff\xff\xff\xff', /its pickle is cut/],
  ['an empty stack', '00', /its pickle is damaged/],
  ['a mark too few', 't', /its pickle is damaged/],
  ['a memo that was not written', 'h\x07', /its pickle is damaged/],
  ['a whole number of 400 kB', `\x8b\x80\x1a\x06\x00${'\xff'.repeat(400_000)}`, /has the operation 0x8b/],
  ['a persistent id of another kind', 'X\x01\x00\x00\x00aQ', /something other than a tensor storage/],
  ['no dictionary', 'K\x01', /it holds no state dict/],
  ['no tensors', '}', /there is no tensor in it/],
])('a pickle with %s is refused at once', (_, text, message) => {
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

test('a compressed archive is refused: what it unpacks to has no bounds', () => {
  expect(refusal(archive([['x/data.pkl', pickle('}')]], true))).toThrow(
    "its entry 'x/data.pkl' is compressed, which torch.save does not do",
  );
});

test('lists that hold each other twice, 60 deep, are not walked through', () => {
  const text = (value: string) => `X${String.fromCharCode(value.length)}\x00\x00\x00${value}`;
  const laughs = `${text('ha')}q\x00${'0(h\x00h\x00tq\x00'.repeat(60)}0`;
  expect(refusal(archive([['x/data.pkl', pickle(`${laughs}}${text('a')}h\x00s`)]]))).toThrow(
    /there is no tensor in it/,
  );
  expect(refusal(archive([['x/data.pkl', pickle(`${laughs}h\x00${text('system')}\x93`)]]))).toThrow(/is damaged/);
});

test('attributes that a pickle sets on what it names change nothing', () => {
  const harm = pickle('ctorch\nFloatStorage\n}X\x04\x00\x00\x00sizeK\x63sb');
  expect(refusal(archive([['x/data.pkl', harm]]))).toThrow(/it holds no state dict/);
  expect(parseCheckpoint(golden('lenet5.pth'), 'lenet5.pth').size).toBe(10);
});

/** A state dict with one tensor of a storage with 2 numbers, told to be of any size and steps: as bytes of BININT. */
const told = (count: number, size: number, stride: number, names = ['a']) => {
  const int = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    return `J${bytes.toString('latin1')}`;
  };
  const storage = `(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu${int(count)}tQ`;
  const tensor = `ctorch._utils\n_rebuild_tensor_v2\n(${storage}K\x00${int(size)}\x85${int(stride)}\x85\x89)tR`;
  return pickle(`}${names.map((name) => `X\x01\x00\x00\x00${name}${tensor}s`).join('')}`);
};

test('a tensor that is told to be huge takes no memory', () => {
  const legacy = (count: number, size: number, stride: number) => {
    const magic = golden('harm-legacy.pth').subarray(0, 15);
    const system = pickle('}X\x0d\x00\x00\x00little_endian\x88s');
    const keys = pickle('](X\x01\x00\x00\x000e');
    const length = Buffer.alloc(8);
    length.writeBigInt64LE(BigInt(count));
    const parts = [magic, pickle('M\xe9\x03'), system, told(count, size, stride), keys, length, Buffer.alloc(8)];
    return Buffer.concat(parts);
  };
  const zip = (count: number, size: number, stride: number) =>
    archive([
      ['x/data.pkl', told(count, size, stride)],
      ['x/data/0', Buffer.alloc(8)],
    ]);
  for (const make of [legacy, zip]) {
    expect(parseCheckpoint(make(2, 2, 1), 'x').get('a')!.data).toEqual(new Float32Array(2));
    expect(refusal(make(2_000_000_000, 2_000_000_000, 0))).toThrow(/far larger than the file|storage 0 is cut/);
    expect(refusal(make(2, 2_000_000_000, 0))).toThrow(/far larger than the file/);
    expect(refusal(make(2, 2, 2_000_000_000))).toThrow(/far larger than the file/);
  }
  const many = Array.from({ length: 200 }, (_, i) => String.fromCharCode(0x30 + (i % 60)));
  const shared = archive([
    ['x/data.pkl', told(50_000, 50_000, 1, many)],
    ['x/data/0', Buffer.alloc(200_000)],
  ]);
  expect(refusal(shared)).toThrow(/far larger than the file/);
});

describe.each(['repvgg.pth', 'views-zip.pth', 'resnet-a.pth', 'vit-timm.safetensors'])(
  '%s with flipped bits',
  (name) => {
    const whole = parseCheckpoint(golden(name), name);
    const zip = name === 'repvgg.pth' || name === 'views-zip.pth';
    const length = golden(name).length;
    const place = fc.oneof(
      fc.nat(length - 1),
      fc.nat(3000), // header or pickle
      fc.nat(3000).map((fromEnd) => length - 1 - fromEnd), // zip directory
    );

    test('is refused in one line, or read: a zip archive as it was', () => {
      const flips = fc.array(fc.tuple(place, fc.nat(7)), { minLength: 1, maxLength: 3 });
      fc.assert(
        fc.property(flips, (pairs) => {
          const bytes = golden(name);
          for (const [at, bit] of pairs) bytes[Math.max(0, at)]! ^= 1 << bit;
          try {
            const state = parseCheckpoint(bytes, name);
            if (zip) expect(state).toEqual(whole);
          } catch (error) {
            expect(error).toMatchObject({ name: 'UserError' });
            expect((error as Error).message).toMatch(/^checkpoint \S+ is (refused: [^\p{Cc}]+|neither .*)$/u);
          }
        }),
        { numRuns: 300, seed: 1 },
      );
    });
  },
);

test('other files are told apart', () => {
  expect(refusal(Buffer.from('just a text'))).toThrow(
    'checkpoint x.pth is neither a file of torch.save nor safetensors',
  );
  expect(refusal(Buffer.alloc(0))).toThrow(/is neither/);
  expect(refusal(archive([['readme.txt', Buffer.from('hi')]]))).toThrow(/it has no data\.pkl/);
});
