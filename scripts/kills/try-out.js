// What the scripts have in common that harm runs and compare what comes of it with one plain run.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const launcher = fileURLToPath(new URL('../../bin/approxifer.js', import.meta.url));

/** A stream of random numbers that a seed decides. @param {string} name @param {string} seed @param {...string} more */
export async function randomNumbers(name, seed, ...more) {
  const { randomStream } = await import(new URL('../../dist/util/random.js', import.meta.url).href);
  return randomStream(name, Number(seed), ...more);
}

/** Prints a line with the time of day. @param {string} text */
export const say = (text) => void process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);

/** Runs a command of approxifer to its end, or for five minutes. @param {string} cwd @param {readonly string[]} words */
export function runWhole(cwd, words) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...words], {
    cwd,
    encoding: 'utf8',
    timeout: 300_000,
  });
  return { status, stdout, stderr };
}

/** Ends this script with exit 0 and a line where programs are missing. @param {readonly string[]} programs */
export function needPrograms(programs) {
  const missing = programs.filter((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0);
  if (missing.length === 0) return;
  process.stdout.write(`left out: no ${missing.join(', ')}\n`);
  process.exit(0);
}

/**
 * Files that are not the same in two folders.
 * @param {string} one @param {string} other @param {readonly string[]} names
 */
export function differing(one, other, names) {
  const text = (/** @type {string} */ file) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined);
  return names.filter((name) => {
    const expected = text(path.join(one, name));
    return expected === undefined || expected !== text(path.join(other, name));
  });
}

/**
 * Does `work` in a new folder, which goes away. A fault is said and makes the exit 1.
 * @param {string} name @param {(folder: string) => Promise<void>} work @param {{ keep?: boolean }} [options]
 */
export async function inNewFolder(name, work, { keep = false } = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), `approxifer-${name}-`));
  process.env.XDG_CACHE_HOME = path.join(folder, 'cache'); // the store of answers is on, and none of the user's
  try {
    await work(folder);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  } finally {
    if (keep) say(folder);
    else rmSync(folder, { recursive: true, force: true });
  }
}
