import { UserError } from './errors.ts';

/**
 * A system that starts the same command many times, each with its number in the environment. Only the number is taken from
 * there: how many there are is written in the command, since a part of an array that is submitted again has another count.
 */
interface BatchSystem {
  readonly name: string;
  /** A variable that is set in each of its jobs. */
  readonly sign: string;
  /** The variable with the number of this task. */
  readonly index: string;
  /** The first number of n tasks. */
  readonly first: 0 | 1;
  /** The variable with the largest number of an array whose numbers its user chooses. */
  readonly last?: string;
  /** How n tasks are asked for. */
  readonly request: (count: number) => string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const systems: readonly BatchSystem[] = [
  {
    name: 'Slurm',
    sign: 'SLURM_JOB_ID',
    index: 'SLURM_ARRAY_TASK_ID',
    first: 0,
    last: 'SLURM_ARRAY_TASK_MAX',
    request: (count) => `--array=0-${count - 1}`,
  },
  {
    name: 'Kubernetes',
    sign: 'JOB_COMPLETION_INDEX',
    index: 'JOB_COMPLETION_INDEX',
    first: 0,
    request: (count) => `completionMode: Indexed with completions: ${count}`,
  },
  {
    name: 'AWS Batch',
    sign: 'AWS_BATCH_JOB_ID',
    index: 'AWS_BATCH_JOB_ARRAY_INDEX',
    first: 0,
    request: (count) => `an array job of size ${count}`,
  },
  {
    name: 'PBS',
    sign: 'PBS_JOBID',
    index: 'PBS_ARRAY_INDEX',
    first: 0,
    request: (count) => `-J 0-${count - 1}`,
  },
  {
    name: 'GitLab',
    sign: 'GITLAB_CI',
    index: 'CI_NODE_INDEX',
    first: 1,
    request: (count) => `parallel: ${count}`,
  },
];

/** The batch system that started this process, by name; undefined where none did. */
export function batchSystem(env: Environment = process.env): string | undefined {
  return systems.find(({ sign }) => env[sign])?.name;
}

/**
 * Which of `count` parts the batch system means this process to do, from 1 on.
 * @throws UserError when no batch system says, or one that numbers its tasks otherwise
 */
export function taskOf(count: number, env: Environment = process.env): number {
  const system = systems.find(({ index }) => env[index]);
  if (!system) {
    const known = systems.map(({ name, index }) => `${name} (${index})`).join(', ');
    throw new UserError(`no batch system says which part this is; write such as 3/${count}, or start it by ${known}`);
  }
  const { name, index, first, last, request } = system;
  const wrong = (variable: string) =>
    new UserError(`${name} says ${variable}=${env[variable]}; ${count} parts are asked for by ${request(count)}`);
  const numberOf = (variable: string) => {
    const text = env[variable]!;
    const number = Number(text) - first;
    if (!/^\d+$/.test(text) || number < 0 || number >= count) throw wrong(variable);
    return number;
  };
  // numbered from 1 on, each task but the last would do the part of another
  if (last && env[last]) numberOf(last);
  return numberOf(index) + 1;
}
