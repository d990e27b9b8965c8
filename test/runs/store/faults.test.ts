import { hash } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { openStore } from '../../../src/runs/store/store.ts';
import { answerFiles, listStore } from '../../../src/runs/store/upkeep.ts';
import { verifyStore } from '../../../src/runs/store/verify.ts';
import { storeFolder } from '../../../src/util/folders.ts';
import { cli } from '../../helpers/cli.ts';
import { temporaryFolder } from '../../helpers/folder.ts';

// the modes of a file do not stop root
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const refused = (place: unknown) => closed.has(String(place));
  const refusal = () => Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
  return {
    ...fs,
    openSync: (place: string, ...rest: [string]) => {
      if (refused(place)) throw refusal();
      return fs.openSync(place, ...rest);
    },
    readdirSync: (place: string, ...rest: []) => {
      if (refused(place)) throw refusal();
      return fs.readdirSync(place, ...rest);
    },
  };
});
const closed = new Set<string>();

const most = 2 ** 30;
const shown = { model: 'f', dataset: 'd', answers: 'queries' };
const headBytes = 40;
const recordBytes = headBytes + 12;
const values = (i: number) => Float32Array.of(i, 10 * i, 0.1);

/** Writes three records of 12 bytes. @returns their file */
function written(folder: string, what: Record<string, unknown> = { a: 1 }): string {
  const before = new Set(answerFiles(folder));
  const store = openStore({ folder, most });
  const group = store.group(what, shown);
  for (let i = 0; i < 3; i++) group.write(`${i}`, values(i));
  store.close();
  return answerFiles(folder).find((file) => !before.has(file))!;
}

/** What a run reads of the three, and what it is told. */
function readBack(folder: string, what: Record<string, unknown> = { a: 1 }) {
  const store = openStore({ folder, most });
  const group = store.group(what, shown);
  const read = [0, 1, 2].map((i) => group.read(`${i}`)?.[1]);
  store.close();
  return { read, remarks: store.remarks() };
}

test('a file beyond 2 GiB is verified and mended piece by piece', () => {
  const folder = temporaryFolder();
  const file = written(folder);
  const sound = readFileSync(file);
  truncateSync(file, 2 ** 31 + 100); // what is added is a hole that takes no room
  expect(verifyStore(folder)).toEqual({ records: 3, damaged: 1, files: [file], stuck: [] });
  expect(readFileSync(file)).toEqual(sound);
  expect(readBack(folder)).toEqual({ read: [0, 10, 20], remarks: [] });
});

test('verify keeps what lies before, between and behind damaged records', () => {
  const folder = temporaryFolder();
  const store = openStore({ folder, most });
  const group = store.group({ a: 1 }, shown);
  for (let i = 0; i < 6; i++) group.write(`${i}`, values(i));
  store.close();
  const [file] = answerFiles(folder);
  const bytes = readFileSync(file!);
  for (const back of [2, 4]) bytes[bytes.length - back * recordBytes + headBytes]! ^= 1;
  writeFileSync(file!, bytes);
  expect(verifyStore(folder)).toEqual({ records: 4, damaged: 2, files: [file], stuck: [] });
  const again = openStore({ folder, most }).group({ a: 1 }, shown);
  const left = [...Array(6).keys()].filter((i) => again.read(`${i}`)?.[1] === 10 * i);
  expect(left).toEqual([0, 1, 3, 5]);
  expect(verifyStore(folder)).toMatchObject({ records: 4, damaged: 0 });
});

test('a file or folder that cannot be read is told at the end: the rest is listed and verified', async () => {
  const folder = storeFolder();
  await cli('store', 'prune', '--max', '0B');
  const files = [1, 2, 3, 4].map((a) => written(folder, { a })).sort();
  const damaged = files[3]!;
  truncateSync(damaged, readFileSync(damaged).length - 1);
  closed.add(files[0]!).add(path.dirname(files[1]!));
  try {
    const listed = await cli('store', 'list');
    expect(listed.stdout).toMatch(/^f +d +queries +5 /m);
    const verified = await cli('store', 'verify');
    expect(verified.stdout).toContain(
      '5 calls are as they were written; 1 file was damaged, and 1 piece of it removed\n',
    );
    expect(verified.stdout).toContain(`damaged: ${damaged}`);
    for (const { code, stderr } of [listed, verified]) {
      expect(code).toBe(70);
      for (const place of closed) expect(stderr).toContain(`${place} cannot be read: permission denied`);
    }
    const json = await cli('store', 'verify', '--json');
    expect([json.code, JSON.parse(json.stdout)]).toEqual([
      70,
      { records: 5, damaged: 0, files: [], stuck: [], faults: [expect.any(String), expect.any(String)] },
    ]);
    expect(() => verifyStore(folder)).toThrow(/^the store of answers: .* cannot be read: permission denied/);
    expect(() => listStore(folder)).toThrow(/^the store of answers: .* cannot be read: permission denied/);
  } finally {
    closed.clear();
  }
  expect((await cli('store', 'verify')).code).toBe(0);
});

test('a file that a run cannot open is not called damaged, whenever it is opened', () => {
  const folder = temporaryFolder();
  const file = written(folder);
  const lines = (place: string) => [
    `warning: answers in ${place} cannot be read: permission denied; they are computed again`,
  ];
  for (const place of [file, path.dirname(file)]) {
    closed.add(place);
    expect(readBack(folder)).toEqual({ read: [undefined, undefined, undefined], remarks: lines(place) });
    closed.clear();
  }
  const store = openStore({ folder, most });
  const group = store.group({ a: 1 }, shown);
  closed.add(file);
  expect(group.read('0')).toBeUndefined();
  closed.clear();
  expect(store.remarks()).toEqual(lines(file));
});

test('a bit that flips in the head of a record is said when the file is opened, and verify finds it', () => {
  const folder = temporaryFolder();
  const file = written(folder);
  const sound = readFileSync(file);
  const flips = (bytes: readonly number[]) =>
    bytes.flatMap((at) => [...Array(8).keys()].map((bit) => [at, bit] as const));
  // the key, the number of values and the mark of the last record, which nothing follows
  const places = [...Array(16).keys(), ...Array.from({ length: 8 }, (_, i) => 32 + i)];
  for (const [at, bit] of flips(places)) {
    const bytes = Buffer.from(sound);
    bytes[bytes.length - recordBytes + at]! ^= 1 << bit;
    writeFileSync(file, bytes);
    expect(readBack(folder)).toEqual({
      read: [0, 10, undefined],
      remarks: [expect.stringMatching(/is damaged; .*"approxifer store verify" removes the damage$/)],
    });
    expect(verifyStore(folder)).toEqual({ records: 2, damaged: 1, files: [file], stuck: [] });
  }
});

test('records of early builds, whose mark was the same in all, are read and sound', () => {
  const folder = temporaryFolder();
  const file = written(folder);
  const bytes = readFileSync(file);
  const group = path.basename(path.dirname(file));
  const at = bytes.length - recordBytes;
  bytes.writeUInt32LE(0x52455753, at + 36);
  const digest = hash('sha256', bytes.subarray(at + headBytes), 'hex');
  const own = `${group} ${bytes.toString('hex', at, at + 16)} ${bytes.toString('hex', at + 32, at + headBytes)} ${digest}`;
  hash('sha256', own, 'buffer').copy(bytes, at + 16, 0, 16);
  writeFileSync(file, bytes);
  expect(readBack(folder)).toEqual({ read: [0, 10, 20], remarks: [] });
  expect(verifyStore(folder)).toEqual({ records: 3, damaged: 0, files: [], stuck: [] });
});

test('bytes behind the last record are said, where they cannot be one that was cut off; nothing was lost', () => {
  const folder = temporaryFolder();
  const file = written(folder);
  const sound = readFileSync(file);
  appendFileSync(file, Buffer.alloc(headBytes, 0xa5));
  const { read, remarks } = readBack(folder);
  expect(read).toEqual([0, 10, 20]);
  expect(remarks).toEqual([expect.stringContaining('what cannot be read of it is computed again')]);
  writeFileSync(file, Buffer.concat([sound, Buffer.alloc(headBytes - 1, 0xa5)]));
  expect(readBack(folder)).toEqual({ read: [0, 10, 20], remarks: [] });
  expect(verifyStore(folder)).toEqual({ records: 3, damaged: 1, files: [file], stuck: [] });
});

test('a file that another process writes at this moment is never called damaged, wherever it has come to', () => {
  const folder = temporaryFolder();
  const file = written(folder);
  const whole = readFileSync(file);
  for (let size = whole.length; size >= 0; size--) {
    truncateSync(file, size);
    const { read, remarks } = readBack(folder);
    expect(remarks).toEqual([]);
    const records = Math.max(0, 3 - Math.ceil((whole.length - size) / recordBytes));
    expect(read.filter((value) => value !== undefined)).toHaveLength(records);
  }
  // the disk was full: what was written of several records is taken back while they are known here
  writeFileSync(file, whole);
  const store = openStore({ folder, most });
  const group = store.group({ a: 1 }, shown);
  truncateSync(file, whole.length - recordBytes);
  expect([group.read('1')?.[1], group.read('2'), store.remarks()]).toEqual([10, undefined, []]);
});

test('a first line that says other answers is said, and the answers are what they were', () => {
  const folder = temporaryFolder();
  const file = written(folder);
  const bytes = readFileSync(file);
  bytes[bytes.indexOf('"a":1') + 4]! ^= 1;
  writeFileSync(file, bytes);
  expect(readBack(folder)).toEqual({ read: [0, 10, 20], remarks: [expect.stringContaining('is damaged')] });
  expect(verifyStore(folder)).toMatchObject({ records: 0, damaged: 1 });
  expect(readdirSync(folder)).toEqual([]);
});
