import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { EnvironmentError } from '../../src/util/errors.ts';
import { environmentFailure, machineFailure, systemReason } from '../../src/util/machine-failure.ts';

test.each([
  [
    Object.assign(new Error('EMFILE: too many open files, open'), { code: 'EMFILE' }),
    /too many files are open; .*ulimit -n/,
  ],
  [new RangeError('WebAssembly.Memory(): could not allocate memory'), /not enough memory; .*--jobs/],
  [new RangeError('WebAssembly.Memory.grow(): Unable to grow instance memory'), /not enough memory/],
  [
    Object.assign(new Error('Worker initialization failure: EMFILE'), { code: 'ERR_WORKER_INIT_FAILED' }),
    /too many files are open/,
  ],
  [
    Object.assign(new Error('Worker initialization failure'), { code: 'ERR_WORKER_INIT_FAILED' }),
    /a thread could not be started; .*ulimit -v/,
  ],
  [new RangeError('Array buffer allocation failed'), /not enough memory/],
  [new Error('std::bad_alloc'), /not enough memory/],
  [
    new Error(
      'bfc_arena.cc:358 void* AllocateRawInternal(size_t) Failed to allocate memory for requested buffer of size 9',
    ),
    /not enough memory/,
  ],
  [Object.assign(new Error('spawn EAGAIN'), { code: 'EAGAIN' }), /no more threads/],
])('%s is one of the machine', (error, message) => {
  const failure = machineFailure(error, 'model m cannot be loaded');
  expect(failure).toBeInstanceOf(EnvironmentError);
  expect(failure!.message).toMatch(/^model m cannot be loaded: /);
  expect(failure!.message).toMatch(message);
});

test.each(['Unsupported model IR version: 99', 'no such file', 'weight dense/kernel is missing'])(
  '%s is none',
  (text) => {
    expect(machineFailure(new Error(text), 'x')).toBeUndefined();
  },
);

test('one cause has one wording, with what could not be done or without', () => {
  const error = Object.assign(new Error('open'), { code: 'EMFILE', path: 'x.npy' });
  expect(machineFailure(error, 'x.npy')!.message).toBe(environmentFailure(error)!.message);
  expect(systemReason(new RangeError('Invalid typed array length: 8000000000'))).toMatch(/not enough memory; /);
  expect(systemReason({ code: 'ERR_WORKER_OUT_OF_MEMORY', message: 'x' })).toMatch(/not enough memory; /);
  expect(environmentFailure({ code: 'ERR_FS_EISDIR', message: 'x', path: 'o/failures.csv' })!.message).toBe(
    'o/failures.csv: it is a folder',
  );
  expect(systemReason({ code: 'ENOSPC', message: 'x' })).toMatch(/disk is full/);
  expect(environmentFailure(new TypeError('x is not a function'))).toBeUndefined();
});

const launcher = fileURLToPath(new URL('../../bin/approxifer.js', import.meta.url));
const limits = process.platform === 'linux';

test.skipIf(!limits)('a run without memory for WebAssembly says so', () => {
  const command = `ulimit -v 4000000; exec "${process.execPath}" "${launcher}" inspect matrix --scheme nercc --K 4 --N 8 --lambda 1e-6 --what encode`;
  const { status, stderr } = spawnSync('bash', ['-c', command], { encoding: 'utf8' });
  expect(stderr).toMatch(/^approxifer: WebAssembly cannot start: there is not enough memory; .*ulimit -v.*\n$/);
  expect(status).toBe(70);
});
