import { expect, test } from 'vitest';
import { batchSystem, taskOf } from '../../src/util/batch-system.ts';
import { allocatedCores } from '../../src/util/cores.ts';

test('each batch system says which part this is; the count does not come from it', () => {
  const slurm = { SLURM_JOB_ID: '7', SLURM_ARRAY_TASK_ID: '2', SLURM_ARRAY_TASK_COUNT: '1', SLURM_ARRAY_TASK_MAX: '2' };
  expect([batchSystem(slurm), taskOf(8, slurm)]).toEqual(['Slurm', 3]);
  expect(taskOf(8, { JOB_COMPLETION_INDEX: '0' })).toBe(1);
  expect(taskOf(8, { AWS_BATCH_JOB_ID: 'a:7', AWS_BATCH_JOB_ARRAY_INDEX: '7' })).toBe(8);
  expect(taskOf(8, { PBS_JOBID: '1[3]', PBS_ARRAY_INDEX: '3' })).toBe(4);
  expect(taskOf(8, { GITLAB_CI: 'true', CI_NODE_INDEX: '8', CI_NODE_TOTAL: '8' })).toBe(8);
  expect(batchSystem({ SLURM_JOB_ID: '7' })).toBe('Slurm');
  expect(batchSystem({ HOME: '/' })).toBeUndefined();
});

test('numbers that no part of n has are refused, and so is an array that is counted from 1', () => {
  const refused = (env: Record<string, string>, message: string) => expect(() => taskOf(8, env)).toThrow(message);
  refused({}, 'no batch system says which part this is; write such as 3/8');
  refused({ SLURM_ARRAY_TASK_ID: '8' }, 'SLURM_ARRAY_TASK_ID=8; 8 parts are asked for by --array=0-7');
  refused({ SLURM_ARRAY_TASK_ID: '3', SLURM_ARRAY_TASK_MAX: '8' }, 'SLURM_ARRAY_TASK_MAX=8');
  refused({ CI_NODE_INDEX: '0' }, 'parallel: 8');
  refused({ JOB_COMPLETION_INDEX: '1e0' }, 'JOB_COMPLETION_INDEX=1e0');
});

test('the cores are those of the allocation, of the control groups, of the machine', () => {
  const files = (entries: Record<string, string>) => (file: string) => entries[file];
  const cores = 32;
  const none = files({});
  expect(allocatedCores({ env: { SLURM_CPUS_PER_TASK: '4', SLURM_CPUS_ON_NODE: '16' }, read: none, cores })).toBe(4);
  expect(allocatedCores({ env: { SLURM_CPUS_ON_NODE: '16' }, read: none, cores })).toBe(16);
  expect(allocatedCores({ env: { SLURM_CPUS_PER_TASK: '64' }, read: none, cores })).toBe(32);
  const pod = (most: string) =>
    files({
      '/proc/self/cgroup': '0::/\n',
      '/sys/fs/cgroup/cpu.max': most,
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '1',
    });
  expect(allocatedCores({ env: {}, read: pod('250000 100000\n'), cores })).toBe(3);
  expect(allocatedCores({ env: {}, read: pod('50000 100000\n'), cores })).toBe(1);
  expect(allocatedCores({ env: {}, read: pod('max 100000\n'), cores })).toBe(32);
  const inner = files({
    '/proc/self/cgroup': '0::/slice/job/step\n',
    '/sys/fs/cgroup/slice/job/cpu.max': '200000 100000\n',
    '/sys/fs/cgroup/slice/cpu.max': '800000 100000\n',
  });
  expect(allocatedCores({ env: {}, read: inner, cores })).toBe(2);
  const old = files({
    '/proc/self/cgroup': '4:cpu,cpuacct:/docker/x\n1:memory:/docker/x\n',
    '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '600000\n',
    '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
  });
  expect(allocatedCores({ env: {}, read: old, cores })).toBe(6);
});
