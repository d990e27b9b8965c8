import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';

/** What the number of cores is found from; default: this process's machine. */
export interface CoreSources {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Text of a file; undefined when it cannot be read. */
  readonly read?: (file: string) => string | undefined;
  /** Cores that the process may run on. */
  readonly cores?: number;
}

/**
 * Cores that this process was given: what Slurm allocated to the task, else the processor quota of its control group
 * (containers have one), else the machine's. Never more than the process may run on.
 */
export function allocatedCores({ env = process.env, read = textOf, cores = availableParallelism() }: CoreSources = {}) {
  const allocated = [env.SLURM_CPUS_PER_TASK, env.SLURM_CPUS_ON_NODE].map(Number).find((count) => count >= 1);
  return Math.max(1, Math.min(cores, Math.floor(allocated ?? quota(read) ?? cores)));
}

/** Processors that the control groups of this process allow (cgroups(7)); a part of one counts as one. */
function quota(read: (file: string) => string | undefined): number | undefined {
  const groups = (read('/proc/self/cgroup') ?? '').split('\n').map((line) => line.split(':'));
  const found = groups.flatMap(([, controllers = '', group = '/']) => {
    if (controllers === '') return upwards(group).map((folder) => share(read(`/sys/fs/cgroup${folder}/cpu.max`)));
    if (!controllers.split(',').includes('cpu')) return [];
    return upwards(group).map((folder) => {
      const [most, period] = ['cfs_quota_us', 'cfs_period_us'].map((name) =>
        read(`/sys/fs/cgroup/cpu${folder}/cpu.${name}`),
      );
      return share(`${most} ${period}`);
    });
  });
  const limits = found.filter((limit) => limit !== undefined);
  return limits.length > 0 ? Math.ceil(Math.min(...limits)) : undefined;
}

/** A group and those that it is in; in a container the innermost is the root that is seen there. */
function upwards(group: string): string[] {
  const folder = path.posix.normalize(group);
  return folder === '/' || folder.startsWith('..') ? [''] : [folder, ...upwards(path.posix.dirname(folder))];
}

/** `quota period` in microseconds, as processors; undefined where there is no limit. */
function share(text: string | undefined): number | undefined {
  const [most, period] = (text ?? '').trim().split(/\s+/).map(Number);
  return most! > 0 && period! > 0 ? most! / period! : undefined;
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
