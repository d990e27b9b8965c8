import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import path from 'node:path';
import { packageRoot } from './folders.ts';

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
export function revision(): string | null {
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
  const { status, stdout } = spawnSync('git', words, { encoding: 'utf8' });
  const head = status === 0 ? /^# branch\.oid (\w+)$/m.exec(stdout)?.[1] : undefined;
  if (!head) return null;
  return head + (/^[^#]/m.test(stdout) ? '+' : '');
}

export function machine(): Record<string, unknown> {
  return { platform: process.platform, arch: process.arch, cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length };
}
