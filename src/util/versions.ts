import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import path from 'node:path';
import { codeFolder, packageRoot } from './folders.ts';

const require = createRequire(import.meta.url);

/** Version of this package. */
function approxiferVersion(): string {
  return (JSON.parse(readFileSync(path.join(packageRoot, 'package.json'), 'utf8')) as { version: string }).version;
}

/** Versions that results depend on. */
export function versions(): { approxifer: string; node: string; onnxruntime: string } {
  const { version } = require('onnxruntime-node/package.json') as { version: string };
  return { approxifer: approxiferVersion(), node: process.versions.node, onnxruntime: version };
}

/** Git revision of this package's checkout, with `+` for uncommitted changes; null where it is no checkout. */
export async function revision(): Promise<string | null> {
  if (!existsSync(path.join(packageRoot, '.git'))) return null;
  // without optional locks: git would write to the checkout's index otherwise
  const words = [
    '--no-optional-locks',
    '-C',
    packageRoot,
    'status',
    '--porcelain=v2',
    '--branch',
    '--untracked-files=no',
  ];
  const stdout = await new Promise<string>((resolve) => {
    execFile('git', words, { encoding: 'utf8' }, (error, text) => resolve(error ? '' : text));
  });
  const head = /^# branch\.oid (\w+)$/m.exec(stdout)?.[1];
  if (!head) return null;
  return head + (/^[^#]/m.test(stdout) ? '+' : '');
}

/** Folders whose code decides what a model answers to the points of a trial. */
const answering = ['coded', 'datasets', 'math', 'models', 'util', 'workers'];

let ownCode: string | undefined;

/**
 * What code makes points out of data and answers out of points: this package's version, and in a checkout, where the code
 * changes under one version, a digest of it.
 */
export function codeVersion(): string {
  ownCode ??= existsSync(path.join(packageRoot, '.git'))
    ? `${approxiferVersion()} ${codeDigest()}`
    : approxiferVersion();
  return ownCode;
}

function codeDigest(): string {
  const names = answering
    .flatMap((folder) =>
      readdirSync(path.join(codeFolder, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        path.join(folder, name),
      ),
    )
    .filter((name) => /(?<!\.d)\.[jt]s$/.test(name))
    .sort();
  const digests = names.map((name) => hash('sha256', readFileSync(path.join(codeFolder, name)), 'hex'));
  return hash('sha256', digests.join(), 'hex').slice(0, 16);
}

export function machine(): Record<string, unknown> {
  return { platform: process.platform, arch: process.arch, cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length };
}
