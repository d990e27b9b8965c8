import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test, vi } from 'vitest';
import { openStore } from '../../../src/runs/store/store.ts';
import { answerFiles, listStore, pruneStore } from '../../../src/runs/store/upkeep.ts';
import { verifyStore } from '../../../src/runs/store/verify.ts';
import { temporaryFolder } from '../../helpers/folder.ts';

const most = 2 ** 30;
const shown = { model: 'f', dataset: 'd', answers: 'queries' };
const only = (folder: string) => {
  const [file, ...others] = answerFiles(folder);
  expect(others).toEqual([]);
  return file!;
};
const flip = (file: string, at: number) => {
  const bytes = readFileSync(file);
  bytes[at]! ^= 1;
  writeFileSync(file, bytes);
};

test('what is written is read bit for bit, by this store and the next, in its own group only', () => {
  const anyBits = fc
    .uint32Array({ maxLength: 40 })
    .map((words) => new Float32Array(words.buffer, words.byteOffset, words.length));
  fc.assert(
    fc.property(fc.dictionary(fc.string(), anyBits), (entries) => {
      const folder = temporaryFolder();
      const bits = (values: Float32Array | undefined) => values && [...new Uint32Array(values.slice().buffer)];
      const writing = openStore({ folder, most });
      const first = writing.group({ a: 1, b: { c: 2, d: 3 } }, shown);
      for (const [id, values] of Object.entries(entries)) {
        first.write(id, values);
        expect(bits(first.read(id))).toEqual(bits(values)); // before it is in a file
      }
      writing.close();
      const again = openStore({ folder, most }).group({ b: { d: 3, c: 2 }, a: 1 }, shown);
      const other = openStore({ folder, most }).group({ a: 2, b: { c: 2, d: 3 } }, shown);
      for (const [id, values] of Object.entries(entries)) {
        for (const group of [first, again]) expect(bits(group.read(id))).toEqual(bits(values));
        expect(other.read(id)).toBeUndefined();
      }
      expect(again.read('none of them\n')).toBeUndefined();
    }),
    { seed: 18, numRuns: 30 },
  );
});

test('whatever bit flips, no wrong number is ever read; verify removes the damage and nothing else', () => {
  const folder = temporaryFolder();
  const writing = openStore({ folder, most });
  const written = writing.group({ a: 1 }, shown);
  const values = (i: number) => Float32Array.of(i, 10 * i, 0.1);
  for (let i = 0; i < 3; i++) written.write(`${i}`, values(i));
  writing.close();
  const file = only(folder);
  const sound = readFileSync(file);
  let lost = 0;
  for (let at = 0; at < sound.length; at++) {
    flip(file, at);
    const store = openStore({ folder, most });
    const group = store.group({ a: 1 }, shown);
    for (let i = 0; i < 3; i++) {
      const read = group.read(`${i}`);
      if (read) expect([...read]).toEqual([...values(i)]);
      else lost++;
    }
    writeFileSync(file, sound);
  }
  expect(lost).toBeGreaterThan(100);

  expect(verifyStore(folder)).toEqual({ records: 3, damaged: 0, files: [], stuck: [] });
  // the mark of the first record, which hides all after it, and the line that says what they are
  const recordBytes = 40 + 12;
  for (const at of [sound.length - 3 * recordBytes + 36, 3]) {
    flip(file, at);
    const store = openStore({ folder, most });
    expect(store.group({ a: 1 }, shown).read('2')).toBeUndefined();
    expect(store.remarks()).toEqual([expect.stringContaining('is damaged')]);
    writeFileSync(file, sound);
  }
  flip(file, sound.length - 1);
  const store = openStore({ folder, most });
  expect(store.group({ a: 1 }, shown).read('2')).toBeUndefined();
  expect(store.remarks()).toEqual([expect.stringContaining('is damaged')]);
  expect(store.remarks()).toEqual([]);
  expect(verifyStore(folder)).toEqual({ records: 2, damaged: 1, files: [file], stuck: [] });
  expect(verifyStore(folder)).toEqual({ records: 2, damaged: 0, files: [], stuck: [] });
  const after = openStore({ folder, most }).group({ a: 1 }, shown);
  expect([0, 1, 2].map((i) => after.read(`${i}`)?.[1])).toEqual([0, 10, undefined]);
  written.write('3', values(3)); // into a file of its own: the rewritten one is not what this process left
  writing.close();
  expect(openStore({ folder, most }).group({ a: 1 }, shown).read('3')?.[1]).toBe(30);
  expect(verifyStore(folder)).toMatchObject({ damaged: 0 });
});

test('what a process leaves that is killed before its first write is no damage, and verify takes it away', () => {
  const folder = temporaryFolder();
  mkdirSync(path.join(folder, 'ab', 'abc'), { recursive: true });
  writeFileSync(path.join(folder, 'ab', 'abc', '1-0.answers'), '');
  expect(listStore(folder)).toEqual([]);
  expect(verifyStore(folder)).toEqual({ records: 0, damaged: 0, files: [], stuck: [] });
  expect(readdirSync(folder)).toEqual([]);
});

test('a record that a kill cut off is dropped; what was computed again is found though damage comes first', () => {
  const folder = temporaryFolder();
  const write = (value: number) => {
    const store = openStore({ folder, most });
    store.group({ a: 1 }, shown).write('x', Float32Array.of(value));
    store.close();
  };
  write(5);
  const file = only(folder);
  appendFileSync(file, readFileSync(file).subarray(-30));
  expect(openStore({ folder, most }).group({ a: 1 }, shown).read('x')).toEqual(Float32Array.of(5));
  truncateSync(file, readFileSync(file).length - 31);
  expect(openStore({ folder, most }).group({ a: 1 }, shown).read('x')).toBeUndefined();
  write(5);
  expect(answerFiles(folder)).toHaveLength(2);
  expect(openStore({ folder, most }).group({ a: 1 }, shown).read('x')).toEqual(Float32Array.of(5));
});

test('after the first one many records go to their file by one call, and no later than a time', () => {
  const folder = temporaryFolder();
  const store = openStore({ folder, most });
  const group = store.group({ a: 1 }, shown);
  const kept = () => listStore(folder)[0]?.records;
  for (let i = 0; i < 200; i++) group.write(`${i}`, Float32Array.of(i));
  expect(kept()).toBe(1);
  const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 1000);
  try {
    group.write('late', Float32Array.of(1));
  } finally {
    clock.mockRestore();
  }
  expect(kept()).toBe(201);
  for (let i = 0; i < 300; i++) group.write(`large ${i}`, new Float32Array(1000));
  store.close();
  expect(listStore(folder)).toMatchObject([{ files: 1, records: 501 }]);
  const again = openStore({ folder, most }).group({ a: 1 }, shown);
  for (let i = 0; i < 200; i++) expect(again.read(`${i}`)).toEqual(Float32Array.of(i));
  expect(again.read('large 299')).toEqual(new Float32Array(1000));
});

test('prune removes what was not used for longest; a read is a use', () => {
  const folder = temporaryFolder();
  const group = (a: number) => openStore({ folder, most }).group({ a }, shown);
  const writing = openStore({ folder, most });
  for (const a of [1, 2, 3]) writing.group({ a }, shown).write('x', new Float32Array(1000));
  writing.close();
  for (const file of answerFiles(folder)) utimesSync(file, 1000, 1000);
  group(1).read('x');
  const { bytes, records } = listStore(folder)[0]!;
  expect([records, bytes > 12_000]).toEqual([3, true]);
  const { left } = pruneStore(folder, bytes / 2);
  expect(left).toBeLessThan(bytes / 2);
  expect(group(1).read('x')).toHaveLength(1000);
  expect([2, 3].map((a) => group(a).read('x'))).toEqual([undefined, undefined]);
  expect(pruneStore(folder, 0).left).toBe(0);
  expect(answerFiles(folder)).toEqual([]);
});

test('a store stays below what it may hold while it is written to, and goes on when its files are removed', () => {
  const folder = temporaryFolder();
  const store = openStore({ folder, most: 50_000 });
  const groups = Array.from({ length: 40 }, (_, a) => store.group({ a }, shown));
  for (const group of groups) for (const id of ['x', 'y']) group.write(id, new Float32Array(1000));
  const total = answerFiles(folder).reduce((sum, file) => sum + readFileSync(file).length, 0);
  expect(total).toBeLessThan(60_000);
  expect(groups[39]!.read('y')).toHaveLength(1000);
  expect(groups[0]!.read('y')).toBeUndefined();
  groups[0]!.write('y', new Float32Array(3));
  expect(groups[0]!.read('y')).toHaveLength(3);
  expect(store.remarks()).toEqual([]);
});

test('where nothing can be written the run goes on, and is told once', () => {
  const place = path.join(temporaryFolder(), 'file');
  writeFileSync(place, '');
  const store = openStore({ folder: path.join(place, 'store'), most });
  const group = store.group({ a: 1 }, shown);
  for (const id of ['x', 'y']) group.write(id, Float32Array.of(1));
  expect(group.read('x')).toBeUndefined();
  // at the first record, while somebody still listens
  expect(store.remarks()).toEqual([
    expect.stringMatching(/^warning: the store of answers keeps nothing more: .*cannot be written/),
  ]);
  store.close();
  expect(store.remarks()).toEqual([]);
});

test('a store that is no folder cannot be read; one that is not there is empty', () => {
  const place = path.join(temporaryFolder(), 'file');
  expect([listStore(place), verifyStore(place).records, pruneStore(place, 0)]).toEqual([
    [],
    0,
    { removed: 0, left: 0 },
  ]);
  writeFileSync(place, '');
  for (const look of [listStore, verifyStore, (folder: string) => pruneStore(folder, 0)])
    expect(() => look(place)).toThrow(/^the store of answers: .*file cannot be read: /);
});

const small = mkdtempSync(path.join(tmpdir(), 'approxifer-small-'));
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small]).status === 0;
afterAll(() => {
  if (mounted) spawnSync('umount', [small]);
  rmSync(small, { recursive: true, force: true });
});
if (!mounted) console.warn('the test of a full disk is skipped: a small disk cannot be mounted');

test.skipIf(!mounted)('a full disk ends the writing, and what was whole stays', () => {
  const store = openStore({ folder: small, most });
  const group = store.group({ a: 1 }, shown);
  for (let i = 0; i < 10; i++) {
    group.write(`${i}`, new Float32Array(3000));
    store.close();
  }
  expect(store.remarks()).toEqual([
    expect.stringMatching(/the disk is full; the run goes on without it; "approxifer store prune --max <size>" frees/),
  ]);
  const kept = [...Array(10).keys()].filter((i) => group.read(`${i}`));
  expect([kept.length > 2, kept.length < 10]).toEqual([true, true]);
  store.close();
  expect(verifyStore(small)).toEqual({ records: kept.length, damaged: 0, files: [], stuck: [] });
});
