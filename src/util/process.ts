import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { sha256 } from './files.ts';

/** A process, named so that others can tell whether it still lives. Absent: the system does not say. */
export interface ProcessIdentity {
  readonly host: string;
  /** A digest of the installation's id: two machines may share a host name. */
  readonly machine?: string;
  /** Changes when the machine starts. */
  readonly boot?: string;
  /** The name space that `pid` is a number of: each container has its own. */
  readonly pids?: string;
  readonly pid: number;
  /** When the process started, in ticks since the machine did: another one may have its number later. */
  readonly started?: string;
}

/**
 * For a program that this one starts and ends: a group of its own. What a terminal, `timeout` or a batch system sends to all of a group
 * is for this process, which decides when the program goes.
 */
export const inOwnGroup = { detached: process.platform !== 'win32' };

let own: ProcessIdentity | undefined;

export function thisProcess(): ProcessIdentity {
  own ??= JSON.parse(
    // undefined members are left out
    JSON.stringify({
      host: hostname(),
      // the id itself is not to be published (machine-id(5))
      machine: digestOf(textOf('/etc/machine-id')),
      boot: textOf('/proc/sys/kernel/random/boot_id')?.trim(),
      pids: pidNamespace(),
      pid: process.pid,
      started: statOf(process.pid)?.started,
    }),
  ) as ProcessIdentity;
  return own;
}

/** Eight hexadecimal digits that are the same for all processes whose numbers can be compared with ours. */
export function numberSpace(): string {
  const { host, machine, boot, pids } = thisProcess();
  return sha256([host, machine, boot, pids].join()).slice(0, 8);
}

/** Whether a process lives. It is unknown of one whose number means nothing here: on another machine, in another container. */
export function lifeOf(process: ProcessIdentity): 'alive' | 'dead' | 'unknown' {
  const here = thisProcess();
  const differs = (key: 'host' | 'machine' | 'boot' | 'pids') => (process[key] ?? here[key]) !== here[key];
  if (differs('host') || differs('machine')) return 'unknown';
  // without its id a machine of the same name may be another one
  if (differs('boot')) return process.machine === undefined ? 'unknown' : 'dead';
  if (differs('pids')) return 'unknown';
  return isAlive(process.pid, process.started) ? 'alive' : 'dead';
}

/** Whether a process of this machine lives. @param started when it started; default: any process of that number counts */
export function isAlive(pid: number, started?: string): boolean {
  try {
    process.kill(pid, 0); // asks only whether the process exists
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const stat = statOf(pid);
  if (!stat) return true;
  const ended = stat.state === 'Z' || stat.state === 'X'; // nobody has asked yet how it ended
  return !ended && (started === undefined || started === stat.started);
}

/** Fields of `/proc/<pid>/stat` (proc(5)); undefined where there is no such file. */
function statOf(pid: number): { state: string; started: string } | undefined {
  const stat = textOf(`/proc/${pid}/stat`);
  // the second field is the program's name, which may hold anything
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields && { state: fields[0]!, started: fields[19]! };
}

function pidNamespace(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return undefined;
  }
}

function digestOf(text: string | undefined): string | undefined {
  return text?.trim() ? sha256(`approxifer ${text.trim()}`).slice(0, 16) : undefined;
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
