import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { download } from '../../src/util/download.ts';
import { withLock } from '../../src/util/lock.ts';
import { temporaryFolder } from '../helpers/folder.ts';
import { serve } from '../helpers/server.ts';

const body = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) >> 3));
const digest = { algorithm: 'sha256', digits: createHash('sha256').update(body).digest('hex') } as const;
const quick = { pause: 1, patience: 5000 };

/** Time in ms for the client to take what was sent: fetch drops what it has not handed on when a connection breaks. */
const readTime = 400;

/** Answers as a file server does, with ranges; only `cut` bytes are sent before the connection is destroyed. */
function file(content: Buffer, etag: string, cut = Number.POSITIVE_INFINITY) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const goesOn = from > 0 && (request.headers['if-range'] ?? etag) === etag;
    if (goesOn && from >= content.length) {
      response.writeHead(416).end();
      return;
    }
    const rest = goesOn ? content.subarray(from) : content;
    response.writeHead(goesOn ? 206 : 200, {
      etag,
      'content-length': rest.length,
      ...(goesOn ? { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` } : {}),
    });
    if (rest.length <= cut) response.end(rest);
    else response.write(rest.subarray(0, cut), () => setTimeout(() => response.destroy(), readTime));
  };
}

test('a file appears under its name, verified, and nothing else stays; it is not fetched again', async () => {
  const { url, seen } = await serve(file(body, '"a"'));
  const folder = temporaryFolder();
  const to = join(folder, 'sub', 'file.bin');
  const steps: number[] = [];
  expect(await download(url, to, { ...quick, digest, progress: (done) => steps.push(done) })).toBe(true);
  expect(readFileSync(to).equals(body)).toBe(true);
  expect(readdirSync(join(folder, 'sub'))).toEqual(['file.bin']);
  expect(steps.at(-1)).toBe(body.length);
  expect(await download(url, to, { ...quick, digest })).toBe(false);
  expect(seen.length).toBe(1);
});

test.each(['file.bin.part', 'file.bin.part.json'])('a pipe or a link planted as %s is put aside', async (name) => {
  const { url } = await serve(file(body, '"a"'));
  const folder = temporaryFolder();
  const to = join(folder, 'file.bin');
  expect(spawnSync('mkfifo', [join(folder, name)]).status).toBe(0);
  expect(await download(url, to, { ...quick, digest })).toBe(true);
  writeFileSync(to, '');
  const other = join(folder, 'other');
  writeFileSync(other, 'mine');
  symlinkSync(other, join(folder, name));
  expect(await download(url, to, { ...quick, digest })).toBe(true);
  expect(readFileSync(other, 'utf8')).toBe('mine');
  expect(readdirSync(folder).sort()).toEqual(['file.bin', 'other']);
});

test('a damaged file under the final name is replaced', async () => {
  const { url } = await serve(file(body, '"a"'));
  const to = join(temporaryFolder(), 'file.bin');
  writeFileSync(to, body.subarray(1));
  expect(await download(url, to, { ...quick, digest })).toBe(true);
  expect(readFileSync(to).equals(body)).toBe(true);
});

test('a cut connection is continued where it stopped', async () => {
  const { url, seen } = await serve((request, response, count) =>
    file(body, '"a"', count < 3 ? 100_000 : undefined)(request, response),
  );
  const to = join(temporaryFolder(), 'file.bin');
  const notes: string[] = [];
  await download(url, to, { ...quick, digest, note: (message) => notes.push(message) });
  expect(readFileSync(to).equals(body)).toBe(true);
  expect(seen.map(({ range, 'if-range': ifRange }) => [range, ifRange])).toEqual([
    [undefined, undefined],
    ['bytes=100000-', '"a"'],
    ['bytes=200000-', '"a"'],
  ]);
  expect(notes.length).toBe(2);
});

test('what one command left is continued by the next; a file that changed meanwhile begins anew', async () => {
  const to = join(temporaryFolder(), 'file.bin');
  const { url, seen } = await serve((request, response, count) => {
    if (count === 1) file(Buffer.alloc(body.length), '"old"', 150_000)(request, response);
    else file(body, '"new"')(request, response);
  });
  await expect(download(url, to, { ...quick, digest, attempts: 1 })).rejects.toThrow(
    /run the command again to go on where it stopped/,
  );
  expect(existsSync(to)).toBe(false);
  await download(url, to, { ...quick, digest });
  expect(seen[1]).toMatchObject({ range: 'bytes=150000-', 'if-range': '"old"' });
  expect(readFileSync(to).equals(body)).toBe(true);
});

test('a server that knows no ranges, and one that redirects', async () => {
  const to = join(temporaryFolder(), 'file.bin');
  const target = await serve((_, response, count) => {
    response.writeHead(200, { 'content-length': body.length });
    if (count > 1) response.end(body);
    else response.write(body.subarray(0, 100_000), () => setTimeout(() => response.destroy(), readTime));
  });
  const { url, seen } = await serve((_, response) => response.writeHead(302, { location: target.url }).end());
  await download(url, to, { ...quick, digest });
  expect(readFileSync(to).equals(body)).toBe(true);
  expect(seen.map(({ range }) => range)).toEqual([undefined, 'bytes=100000-']);
  expect(target.seen.map(({ range }) => range)).toEqual([undefined, 'bytes=100000-']);
});

test('pieces of two versions are found by the digest, and the file is fetched anew', async () => {
  // no ETag and no date: the server cannot tell the versions apart
  const { url, seen } = await serve((request, response, count) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const range = from > 0 ? { 'content-range': `bytes ${from}-${body.length - 1}/${body.length}` } : {};
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': body.length - from, ...range });
    if (count > 1) response.end(body.subarray(from));
    else response.write(Buffer.alloc(1000), () => setTimeout(() => response.destroy(), readTime));
  });
  const to = join(temporaryFolder(), 'file.bin');
  await download(url, to, { ...quick, digest });
  expect(seen.map(({ range }) => range)).toEqual([undefined, 'bytes=1000-', undefined]);
  expect(readFileSync(to).equals(body)).toBe(true);
});

test('a complete part that was not yet renamed is taken (416)', async () => {
  const { url } = await serve(file(body, '"a"'));
  const to = join(temporaryFolder(), 'file.bin');
  writeFileSync(`${to}.part`, body);
  writeFileSync(`${to}.part.json`, JSON.stringify({ url, validator: '"a"' }));
  await download(url, to, { ...quick, digest });
  expect(readFileSync(to).equals(body)).toBe(true);
});

test('a wrong digest: nothing is kept', async () => {
  const { url, seen } = await serve(file(body, '"a"'));
  const folder = temporaryFolder();
  const wrong = { algorithm: 'sha256', digits: '00000000' } as const;
  await expect(download(url, join(folder, 'file.bin'), { ...quick, digest: wrong })).rejects.toMatchObject({
    name: 'EnvironmentError',
    message: expect.stringMatching(/its SHA-256 is [0-9a-f]{64}, expected 00000000…; nothing of it was kept/),
  });
  expect(readdirSync(folder)).toEqual([]);
  expect(seen.length).toBe(1);
});

test('the first digits of a digest are enough, and MD5 is known', async () => {
  const { url } = await serve(file(body, '"a"'));
  const folder = temporaryFolder();
  await download(url, join(folder, 'a'), { ...quick, digest: { ...digest, digits: digest.digits.slice(0, 8) } });
  const md5 = createHash('md5').update(body).digest('hex');
  await download(url, join(folder, 'b'), { ...quick, digest: { algorithm: 'md5', digits: md5 } });
  expect(readdirSync(folder)).toEqual(['a', 'b']);
});

test('404 is final, 503 is tried again', async () => {
  const missing = await serve((_, response) => response.writeHead(404).end());
  const to = join(temporaryFolder(), 'file.bin');
  await expect(download(missing.url, to, { ...quick, digest })).rejects.toMatchObject({
    name: 'EnvironmentError',
    message: `${missing.url}: the server answers 404 Not Found; put the file at ${to} yourself and run it again`,
  });
  expect(missing.seen.length).toBe(1);
  const busy = await serve((request, response, count) => {
    if (count < 3) response.writeHead(503).end();
    else file(body, '"a"')(request, response);
  });
  await download(busy.url, to, { ...quick, digest });
  expect(busy.seen.length).toBe(3);
});

test('a server that falls silent is left after the patience, a slow one that goes on sending is not', async () => {
  const silent = await serve((_, response) => {
    response.writeHead(200, { 'content-length': body.length });
    response.write(body.subarray(0, 10));
  });
  const to = join(temporaryFolder(), 'file.bin');
  await expect(download(silent.url, to, { digest, pause: 1, patience: 150, attempts: 2 })).rejects.toThrow(
    /the server was silent for 0\.15 s; run the command again/,
  );
  const slow = await serve((_, response) => {
    response.writeHead(200, { 'content-length': body.length });
    let at = 0;
    const timer = setInterval(() => {
      response.write(body.subarray(at, at + 50_000));
      at += 50_000;
      if (at < body.length) return;
      clearInterval(timer);
      response.end();
    }, 250);
  });
  // 1.5 s in all, longer than the patience
  await download(slow.url, to, { digest, pause: 1, patience: 1200, attempts: 1 });
  expect(readFileSync(to).equals(body)).toBe(true);
});

test('a server that is not there is said', async () => {
  const to = join(temporaryFolder(), 'file.bin');
  await expect(download('http://127.0.0.1:1/x', to, { pause: 1, attempts: 2 })).rejects.toMatchObject({
    name: 'EnvironmentError',
    message: expect.stringMatching(/the transfer failed: .+; run the command again/),
  });
});

test('two downloads of one file at once: one fetches, the other waits', async () => {
  const { url, seen } = await serve((request, response) => {
    setTimeout(() => file(body, '"a"')(request, response), 100);
  });
  const to = join(temporaryFolder(), 'file.bin');
  const notes: string[] = [];
  const options = { ...quick, digest, note: (message: string) => notes.push(message) };
  const fetched = await Promise.all([download(url, to, options), download(url, to, options)]);
  expect(fetched.sort()).toEqual([false, true]);
  expect(seen.length).toBe(1);
  expect(notes).toEqual([expect.stringMatching(/another process is downloading/)]);
});

const built = fileURLToPath(new URL('../../dist/util/download.js', import.meta.url));

test.skipIf(!existsSync(built))('two processes that pull one file at once share one transfer', async () => {
  const { url, seen } = await serve((request, response) => {
    setTimeout(() => file(body, '"a"')(request, response), 1000);
  });
  const folder = temporaryFolder();
  const to = join(folder, 'file.bin');
  const script = `const { download } = await import(${JSON.stringify(pathToFileURL(built).href)});
    console.log(await download(${JSON.stringify(url)}, ${JSON.stringify(to)}, { digest: ${JSON.stringify(digest)} }));`;
  const run = () =>
    new Promise<string>((resolve) => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
      let text = '';
      child.stdout.on('data', (piece) => {
        text += piece;
      });
      child.on('close', () => resolve(text.trim()));
    });
  expect((await Promise.all([run(), run()])).sort()).toEqual(['false', 'true']);
  expect(seen.length).toBe(1);
  expect(readdirSync(folder)).toEqual(['file.bin']);
});

test('the lock of a process that ended, or fell silent elsewhere, is taken over', async () => {
  const lock = join(temporaryFolder(), 'x.lock');
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  writeFileSync(lock, JSON.stringify({ host: hostname(), pid }));
  expect(await withLock(lock, async () => 'mine')).toBe('mine');
  writeFileSync(lock, JSON.stringify({ host: 'elsewhere', pid: 1 }));
  utimesSync(lock, new Date(0), new Date(0));
  expect(await withLock(lock, async () => 'mine')).toBe('mine');
  expect(existsSync(lock)).toBe(false);
});

test('a full disk is said, and what was written is continued later', async (context) => {
  const small = join(temporaryFolder(), 'small');
  mkdirSync(small);
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', small]);
  if (mount.status !== 0) return context.skip('a tmpfs cannot be mounted here');
  onTestFinished(() => {
    spawnSync('umount', [small]);
  });
  const { url } = await serve(file(body, '"a"'));
  const to = join(small, 'file.bin');
  await expect(download(url, to, { ...quick, digest })).rejects.toMatchObject({
    name: 'EnvironmentError',
    message: expect.stringMatching(/cannot be written: the disk is full; free some space/),
  });
  expect(existsSync(to)).toBe(false);
  spawnSync('mount', ['-o', 'remount,size=1m', small]);
  await download(url, to, { ...quick, digest });
  expect(readFileSync(to).equals(body)).toBe(true);
});

test('bytes beyond what the file can have end the download, said or not, and nothing is kept', async () => {
  const said = await serve(file(body, '"a"'));
  const folder = temporaryFolder();
  const to = join(folder, 'file.bin');
  await expect(download(said.url, to, { ...quick, most: 1000 })).rejects.toMatchObject({
    name: 'EnvironmentError',
    message: `${said.url}: the server sends ${body.length} bytes, and the file has at most 1000; put the file at ${to} yourself and run it again`,
  });
  let sent = 0;
  const endless = await serve((_, response) => {
    response.writeHead(200);
    const more = () => {
      sent += body.length;
      response.write(body, () => !response.destroyed && setTimeout(more, 1));
    };
    more();
  });
  await expect(download(endless.url, to, { ...quick, digest, most: 2 * body.length })).rejects.toThrow(
    `the server sends more than ${2 * body.length} bytes`,
  );
  expect(sent).toBeLessThan(100 * body.length);
  expect([readdirSync(folder), endless.seen.length]).toEqual([[], 1]);
});

test('a trickle ends after a total time, and goes on in the next command', async () => {
  const { url, seen } = await serve((request, response, count) => {
    if (count > 1) return file(body, '"a"')(request, response);
    response.writeHead(200, { 'content-length': body.length, etag: '"a"' });
    const timer = setInterval(
      () => (response.destroyed ? clearInterval(timer) : response.write(body.subarray(0, 1))),
      20,
    );
  });
  const to = join(temporaryFolder(), 'file.bin');
  await expect(download(url, to, { pause: 1, digest, within: 400 })).rejects.toMatchObject({
    name: 'EnvironmentError',
    message: expect.stringMatching(/it was not all there after 0\.4 s; run the command again to go on/),
  });
  expect(seen.length).toBe(1);
});

test('a folder under the name of the file is named', async () => {
  const { url } = await serve(file(body, '"a"'));
  const to = join(temporaryFolder(), 'file.bin');
  mkdirSync(to);
  await expect(download(url, to, { ...quick, digest })).rejects.toMatchObject({
    name: 'EnvironmentError',
    message: `${to}: cannot be written: it is a folder`,
  });
});
