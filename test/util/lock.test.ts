import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { type HeldLock, type Lock, lockSilence, tryLock, waitForLock } from '../../src/util/lock.ts';
import { thisProcess } from '../../src/util/process.ts';
import { temporaryFolder } from '../helpers/folder.ts';

const built = new URL('../../dist/util/lock.js', import.meta.url).href;

function taken(lock: Lock | HeldLock): Lock {
  if (!('release' in lock)) throw new Error(`held by ${JSON.stringify(lock)}`);
  onTestFinished(lock.release);
  return lock;
}

function refused(lock: Lock | HeldLock): HeldLock {
  if ('release' in lock) {
    lock.release();
    throw new Error('the lock was taken');
  }
  return lock;
}

/** A lock file that says what is given; `age` seconds old. */
function lockFile(content: string | object, age = 0): string {
  const file = path.join(temporaryFolder(), '.lock');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  const then = Date.now() / 1000 - age;
  utimesSync(file, then, then);
  return file;
}

const silent = lockSilence / 1000 + 1;
const ended = () => spawnSync(process.execPath, ['-e', '']).pid;
const linux = process.platform === 'linux';

test('a lock says who holds it, keeps others out and is gone when it is given back', () => {
  const file = path.join(temporaryFolder(), '.lock');
  const lock = taken(tryLock(file));
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject(thisProcess());
  expect(refused(tryLock(file)).holder).toEqual(thisProcess());
  expect(lock.isHeld()).toBe(true);
  lock.release();
  expect(lock.isHeld()).toBe(false);
  expect(readdirSync(path.dirname(file))).toEqual([]);
});

test('that of a process that is known to be dead is taken over at once', async () => {
  const here = thisProcess();
  const dead: object[] = [
    { ...here, pid: ended() },
    { host: here.host, pid: ended() },
  ];
  if (linux) {
    dead.push({ ...here, started: '-1' }); // another process has its number now
    if (here.machine) dead.push({ ...here, boot: 'an earlier one' });
    // nobody has asked how it ended: the shell has become a program that does not
    const parent = spawn('sh', ['-c', 'sleep 0.01 & echo $!; exec sleep 60']);
    onTestFinished(() => void parent.kill('SIGKILL'));
    const [pid] = await once(parent.stdout, 'data');
    await sleep(100);
    dead.push({ ...here, started: undefined, pid: Number(pid) });
  }
  for (const holder of dead) {
    const file = lockFile({ ...holder, token: '0123456789abcdef' });
    taken(tryLock(file)).release();
    expect(readdirSync(path.dirname(file))).toEqual([]);
  }
});

test('that of a process of which nobody knows is taken over after a few missed beats', () => {
  const here = thisProcess();
  const elsewhere = [
    { ...here, host: 'elsewhere', pid: ended() },
    { ...here, machine: 'another of this name', boot: 'another', pid: ended() },
    ...(linux ? [{ ...here, pids: 'pid:[1]', pid: ended() }] : []),
    { ...here, machine: undefined, boot: 'another', pid: ended() },
  ];
  const unreadable = ['', 'null', '[1]', '{"host":1,"pid":"x"}', '{"host":"h","pid":-1}', '\0\0\0', '{"host"'];
  for (const content of [...elsewhere, ...unreadable]) {
    const fresh = lockFile(content, 2);
    expect(refused(tryLock(fresh)).silence / 1000).toBeCloseTo(2, 0);
    expect(readFileSync(fresh, 'utf8')).toBe(typeof content === 'string' ? content : JSON.stringify(content));
    taken(tryLock(lockFile(content, silent))).release();
    taken(tryLock(lockFile(content, -1e6))).release(); // a time to come is no sign of life
  }
});

test('a living process of this machine keeps its lock, however silent', () => {
  for (const holder of [{ ...thisProcess() }, { host: thisProcess().host, pid: process.ppid }]) {
    expect(refused(tryLock(lockFile(holder, 1e6))).holder).toEqual(holder);
  }
});

test('what is no lock is named, and left alone', () => {
  const folder = temporaryFolder();
  const at = (name: string) => path.join(folder, name);
  mkdirSync(at('folder'));
  symlinkSync('nowhere', at('dangling'));
  symlinkSync(lockFile('null', silent), at('link'));
  spawnSync('mkfifo', [at('pipe')]);
  for (const name of readdirSync(folder)) {
    expect(() => tryLock(at(name))).toThrow(
      /^[^\n]*(a folder|a link|a device or pipe) has the name of the lock; remove/,
    );
  }
  expect(readdirSync(folder)).toHaveLength(4);
  expect(() => tryLock(path.join(folder, 'absent', '.lock'))).toThrow(/cannot be written/);
});

test('a claim that a killed process left keeps nobody from a dead lock', () => {
  const token = '0123456789abcdef';
  const file = lockFile({ ...thisProcess(), pid: ended(), token });
  writeFileSync(`${file}.${token}.claim`, JSON.stringify({ ...thisProcess(), pid: ended(), token: 'f'.repeat(16) }));
  taken(tryLock(file)).release();
  expect(readdirSync(path.dirname(file))).toEqual([]);
});

test('one who waits gets the lock when it is free, and can be told to stop', async () => {
  const file = path.join(temporaryFolder(), '.lock');
  const first = taken(tryLock(file));
  const seen: HeldLock[] = [];
  setTimeout(() => first.release(), 300);
  const second = taken(await waitForLock(file, { onWaiting: (held) => seen.push(held) }));
  expect(seen.map(({ holder }) => holder)).toEqual([thisProcess()]);
  const stop = AbortSignal.timeout(50);
  await expect(waitForLock(file, { signal: stop })).rejects.toMatchObject({ name: 'AbortError' });
  expect(second.isHeld()).toBe(true);
});

/** A process that takes a lock when it is told to, at a given time, and says whether it got it. */
function racer(): ChildProcess {
  const folder = temporaryFolder();
  const script = path.join(folder, 'racer.mjs');
  writeFileSync(
    script,
    `import { tryLock } from ${JSON.stringify(built)};
let lock;
process.on('message', ({ file, at }) => {
  if (!file) {
    lock?.release?.();
    return process.send('free');
  }
  while (Date.now() < at);
  lock = tryLock(file);
  process.send('release' in lock ? 'taken' : 'refused');
});
`,
  );
  const child = fork(script, { execArgv: [] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** `APPROXIFER_RACES`: how many races. */
test('of processes that find the same dead lock in the same millisecond, one takes it', {
  timeout: 300_000,
}, async () => {
  const races = Number(process.env.APPROXIFER_RACES ?? 60);
  const racers = Array.from({ length: 4 }, racer);
  const ask = async (message: object) =>
    Promise.all(
      racers.map(async (child) => {
        const answer = once(child, 'message');
        child.send(message);
        return (await answer)[0] as string;
      }),
    );
  const pid = ended();
  const kinds = [
    () => lockFile({ ...thisProcess(), pid, token: '0123456789abcdef' }),
    () => lockFile({ host: thisProcess().host, pid }),
    () => lockFile('', silent),
    () => lockFile({ ...thisProcess(), host: 'elsewhere', token: '0123456789abcdef' }, silent),
  ];
  for (let race = 0; race < races; race++) {
    const file = kinds[race % kinds.length]!();
    const answers = await ask({ file, at: Date.now() + 15 });
    expect([race, answers.sort()]).toEqual([race, ['refused', 'refused', 'refused', 'taken']]);
    await ask({});
    expect(readdirSync(path.dirname(file))).toEqual([]);
  }
});

test('a holder shows life while it computes, and gives the lock back when it ends', { timeout: 30_000 }, async () => {
  const file = path.join(temporaryFolder(), '.lock');
  const code = `const { tryLock } = await import(${JSON.stringify(built)});
const lock = tryLock(${JSON.stringify(file)});
if (!('release' in lock)) throw new Error('refused');
const end = Date.now() + 5000;
while (Date.now() < end);
process.exit(0);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'inherit' });
  const exit = once(child, 'exit');
  while (!existsSync(file)) await sleep(20);
  const first = statSync(file).mtimeMs;
  await sleep(4500);
  expect(statSync(file).mtimeMs).toBeGreaterThan(first + 2000);
  expect(await exit).toEqual([0, null]);
  expect(existsSync(file)).toBe(false);
});

test('a lock that was taken over is no longer held, and giving it back leaves the new one', () => {
  const file = path.join(temporaryFolder(), '.lock');
  const old = taken(tryLock(file));
  rmSync(file); // as another machine does after long silence
  const other = taken(tryLock(file));
  expect([old.isHeld(), other.isHeld()]).toEqual([false, true]);
  old.release();
  expect(other.isHeld()).toBe(true);
});

test('who takes the lock of a dead process over is told of it', () => {
  const pid = ended();
  const lock = taken(tryLock(lockFile({ ...thisProcess(), pid, started: undefined })));
  expect(lock.dead?.pid).toBe(pid);
  expect(taken(tryLock(path.join(temporaryFolder(), '.lock'))).dead).toBeUndefined();
});
