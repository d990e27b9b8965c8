import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import path from 'node:path';
import { packageRoot } from './folders.ts';

const require = createRequire(import.meta.url);

/** Version of this package. */
export function approxiferVersion(): string {
  return (JSON.parse(readFileSync(path.join(packageRoot, 'package.json'), 'utf8')) as { version: string }).version;
}

/** Versions that results depend on. */
export function versions(): { approxifer: string; node: string; onnxruntime: string } {
  const { version } = require('onnxruntime-node/package.json') as { version: string };
  return { approxifer: approxiferVersion(), node: process.versions.node, onnxruntime: version };
}

/** Git revision of this package's checkout, with `+` for uncommitted changes; null where it is no checkout. */
export function revision(): string | null {
  const git = (...options: string[]) =>
    execFileSync('git', ['-C', packageRoot, ...options], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    if (path.resolve(git('rev-parse', '--show-toplevel')) !== path.resolve(packageRoot)) return null;
    const changed = git('status', '--porcelain', '--untracked-files=no') !== '';
    return git('rev-parse', 'HEAD') + (changed ? '+' : '');
  } catch {
    return null;
  }
}

export function machine(): Record<string, unknown> {
  return { platform: process.platform, arch: process.arch, cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length };
}
