import { lstat, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { diskError, makeFolder } from './atomic.ts';
import { digestOfFile, type ExpectedDigest } from './digest.ts';
import { EnvironmentError } from './errors.ts';
import { withLock } from './lock.ts';

export interface DownloadOptions {
  /** What the file must be. */
  readonly digest?: ExpectedDigest;
  /**
   * Another check of the whole file, in place of a digest: says what is wrong, or undefined. Without either the file is
   * taken as it comes, and an interrupted download begins anew.
   */
  readonly check?: (path: string) => Promise<string | undefined>;
  /** The longest that the file may be, in bytes: what is sent beyond ends the download (default 2 GiB). */
  readonly most?: number;
  /** The longest that all may take, in milliseconds (default: 10 minutes, and what `most` takes at 50 kB/s). */
  readonly within?: number;
  /** Told of bytes so far and in all (undefined when the server does not say). */
  readonly progress?: (done: number, total: number | undefined) => void;
  /** Told of retries and of waiting for another process. */
  readonly note?: (message: string) => void;
  /** Longest silence of the server, in milliseconds (default 30,000). */
  readonly patience?: number;
  /** Attempts in all (default 4); each goes on where the one before was cut. */
  readonly attempts?: number;
  /** Pause before the second attempt, in milliseconds (default 1000); it doubles each time. */
  readonly pause?: number;
}

/**
 * Gets a file by HTTP. It appears under its name only when it is whole and has its digest; until then it is `<to>.part`,
 * from which an interrupted download goes on (Range with If-Range). Processes that get the same file wait for each other.
 * @returns whether anything was downloaded (not when the file was there already, with its digest)
 * @throws EnvironmentError when the server refuses, is silent, takes too long or sends another file, or the disk is full
 */
export async function download(url: string, to: string, options: DownloadOptions = {}): Promise<boolean> {
  const { note = () => {} } = options;
  return withLock(
    `${to}.lock`,
    async () => {
      if (await isThere(to, checkOf(options))) return false;
      await fetchWhole(url, to, options);
      return true;
    },
    () => note(`another process is downloading ${to}; waiting for it`),
  );
}

type Check = NonNullable<DownloadOptions['check']>;

function checkOf({ digest, check }: DownloadOptions): Check | undefined {
  return digest ? (path) => mismatch(path, digest) : check;
}

async function isThere(to: string, check: Check | undefined): Promise<boolean> {
  try {
    return (await stat(to)).isFile() && (await check?.(to)) === undefined;
  } catch {
    return false;
  }
}

async function fetchWhole(url: string, to: string, options: DownloadOptions): Promise<void> {
  const { attempts = 4, pause = 1000, note = () => {}, most = 2 ** 31 } = options;
  const { within = 600_000 + most / 50 } = options;
  const end = performance.now() + within;
  const check = checkOf(options);
  const part = `${to}.part`;
  let resumed = false;
  await Promise.all([part, `${part}.json`].map(clearWay));
  for (let attempt = 1; ; attempt++) {
    try {
      resumed = (await fetchRest(url, part, { ...options, most, within, end })) || resumed;
      const wrong = await check?.(part);
      if (!wrong) break;
      await forget(part);
      // pieces of two versions of the file make neither; that cannot happen twice
      if (!resumed) throw new EnvironmentError(`${url} is not what it should be: ${wrong}; nothing of it was kept`);
      resumed = false;
    } catch (error) {
      if (!(error instanceof TransferError)) throw error;
      if (error.useless) await forget(part);
      if (attempt >= attempts || !error.again || performance.now() >= end) {
        const again = error.again ? 'run the command again to go on where it stopped, or ' : '';
        throw new EnvironmentError(
          `${url}: ${error.message}; ${again}put the file at ${to} yourself and run it again`,
          {
            cause: error,
          },
        );
      }
      note(`${url}: ${error.message}; trying again`);
      await sleep(pause * 2 ** (attempt - 1));
    }
  }
  await rename(part, to).catch((error) => {
    throw diskError(to, error);
  });
  await forget(part);
}

async function mismatch(path: string, { algorithm, digits }: ExpectedDigest): Promise<string | undefined> {
  const actual = await digestOfFile(path, algorithm);
  if (actual.startsWith(digits)) return undefined;
  const name = algorithm === 'sha256' ? 'SHA-256' : 'MD5';
  return `its ${name} is ${actual}, expected ${digits}${digits.length < actual.length ? '…' : ''}`;
}

/** Removes a pipe, a device or a link from where a file is to be written: a pipe is never opened, a link leads elsewhere. */
async function clearWay(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found && !found.isFile() && !found.isDirectory()) await rm(path, { force: true });
}

async function forget(part: string): Promise<void> {
  await Promise.all([rm(part, { force: true }), rm(`${part}.json`, { force: true })]);
}

/** A transfer that did not end well. `again`: another attempt may; `useless`: nothing that came is worth keeping. */
class TransferError extends Error {
  readonly again: boolean;
  readonly useless: boolean;

  constructor(message: string, again: boolean, useless = false) {
    super(message);
    this.again = again;
    this.useless = useless;
  }
}

/** Appends what is missing of the file to `part`. @returns whether a part that was there before was continued */
async function fetchRest(
  url: string,
  part: string,
  options: DownloadOptions & { readonly most: number; readonly within: number; readonly end: number },
): Promise<boolean> {
  const { patience = 30_000, progress = () => {}, most, within, end } = options;
  const have = checkOf(options) ? await resumable(url, part, most) : undefined;
  const abort = new AbortController();
  const deadline = setTimeout(() => abort.abort(), end - performance.now());
  const silence = setTimeout(() => abort.abort(), patience);
  try {
    const headers: Record<string, string> = have
      ? { range: `bytes=${have.size}-`, ...(have.validator ? { 'if-range': have.validator } : {}) }
      : {};
    // identity: a compressed transfer has neither the file's length nor its ranges
    const response = await fetch(url, { headers: { ...headers, 'accept-encoding': 'identity' }, signal: abort.signal });
    if (response.status === 416) {
      // the part is as long as the file or longer: the digest decides
      await response.body?.cancel();
      return true;
    }
    if (!response.ok || !response.body) {
      const again = response.status >= 500 || response.status === 429 || response.status === 408;
      throw new TransferError(`the server answers ${response.status} ${response.statusText}`.trim(), again);
    }
    const goesOn = response.status === 206 && response.headers.get('content-range')?.startsWith(`bytes ${have?.size}-`);
    let done = goesOn ? have!.size : 0;
    const length = response.headers.get('content-length');
    const total = length === null ? undefined : done + Number(length);
    if (total !== undefined && total > most) throw tooLong(`${total}`, most);
    await remember(part, url, response.headers);
    const file = await openPart(part, goesOn ? 'a' : 'w');
    try {
      for await (const piece of response.body) {
        silence.refresh();
        if (done + piece.length > most) throw tooLong(`more than ${most}`, most);
        await file.appendFile(piece).catch((error) => {
          throw diskError(part, error);
        });
        done += piece.length;
        progress(done, total);
      }
    } finally {
      await file.close();
    }
    if (total !== undefined && done < total) throw new TransferError(`the connection was cut at byte ${done}`, true);
    return Boolean(goesOn);
  } catch (error) {
    if (error instanceof TransferError || error instanceof EnvironmentError) throw error;
    if (abort.signal.aborted) {
      const slow = performance.now() >= end;
      const what = slow
        ? `it was not all there after ${within / 1000} s`
        : `the server was silent for ${patience / 1000} s`;
      throw new TransferError(what, true);
    }
    const { message, cause } = error as Error & { cause?: Error };
    throw new TransferError(`the transfer failed: ${cause?.message || message}`, true);
  } finally {
    clearTimeout(deadline);
    clearTimeout(silence);
  }
}

function tooLong(sent: string, most: number): TransferError {
  return new TransferError(`the server sends ${sent} bytes, and the file has at most ${most}`, false, true);
}

async function openPart(part: string, flags: 'a' | 'w') {
  try {
    makeFolder(dirname(part));
    return await open(part, flags);
  } catch (error) {
    throw diskError(part, error);
  }
}

/** Keeps what tells one version of the file at `url` from another, beside the part. */
async function remember(part: string, url: string, headers: Headers): Promise<void> {
  const etag = headers.get('etag');
  // a weak tag does not vouch for bytes
  const validator = etag && !etag.startsWith('W/') ? etag : headers.get('last-modified');
  try {
    makeFolder(dirname(part));
    await writeFile(`${part}.json`, JSON.stringify({ url, validator }));
  } catch (error) {
    throw diskError(part, error);
  }
}

async function resumable(
  url: string,
  part: string,
  most: number,
): Promise<{ size: number; validator: string | null } | undefined> {
  try {
    const { size } = await stat(part);
    const known = JSON.parse(await readFile(`${part}.json`, 'utf8')) as { url: string; validator: string | null };
    return known.url === url && size > 0 && size <= most ? { size, validator: known.validator } : undefined;
  } catch {
    return undefined;
  }
}
