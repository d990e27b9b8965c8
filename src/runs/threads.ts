import { randomBytes } from 'node:crypto';
import { BroadcastChannel, receiveMessageOnPort } from 'node:worker_threads';
import { EnvironmentError, UserError } from '../util/errors.ts';
import { moduleUrl } from '../util/folders.ts';
import { environmentFailure } from '../util/machine-failure.ts';
import type { Remote, UnitOutcome } from './stage.ts';
import type { ListOutcome, ListTask, Remotely, WorkerSpec } from './worker.ts';

/** Threads that compute units of a stage; each opens what the units need for itself. */
export interface UnitThreads {
  /** @returns an outcome for each, in their order. @throws what a unit throws, and EnvironmentError for a thread that died */
  runBlock<Result>(units: readonly string[]): Promise<readonly UnitOutcome<Result>[]>;
  /** The outcomes of a list of units, for those who send them elsewhere. @throws as `runBlock` */
  runList(task: ListTask): Promise<ListOutcome>;
  /** @returns lines for people that came up after the last unit */
  close(): Promise<readonly string[]>;
}

export async function openThreads(remote: Remote, threads: number): Promise<UnitThreads> {
  const { default: Tinypool } = await import('tinypool');
  // the pool drops what its threads say when they are closed
  const name = `remarks ${randomBytes(8).toString('hex')}`;
  const remarks = remarksFrom(name);
  const pool = new Tinypool({
    filename: moduleUrl('runs/worker.js').href,
    teardown: 'close',
    workerData: { ...remote, remarks: name } satisfies WorkerSpec,
    minThreads: threads,
    maxThreads: threads,
    // by default 48 MB a thread, which trials fill before anything is collected
    resourceLimits: { maxYoungGenerationSizeMb: 6 },
  });
  const inThread = async <Value>(task: unknown, name: string): Promise<Value> => {
    const answer: Remotely<Value> = await pool.run(task, { name }).catch((error) => {
      throw threadFailure(error);
    });
    if ('error' in answer) throw threadFailure(revived(answer.error));
    return answer.value;
  };
  return {
    runBlock: (units) => inThread(units, 'default'),
    runList: (task) => inThread(task, 'runList'),
    async close() {
      try {
        await pool.destroy();
      } finally {
        remarks.end();
      }
      return remarks.lines;
    },
  };
}

/** Collects the lines that threads send to a channel until they have ended. */
function remarksFrom(name: string) {
  const channel = new BroadcastChannel(name);
  channel.unref();
  const lines: string[] = [];
  const take = ({ data }: { data: unknown }) => lines.push(...(data as readonly string[]));
  channel.onmessage = take as (event: unknown) => void;
  return {
    lines,
    end() {
      // what has come, and was not handed to the listener yet
      for (let next = receive(channel); next; next = receive(channel)) take({ data: next.message });
      channel.close();
    },
  };
}

/** Node.js documents that it takes such a channel; its types do not know. */
const receive = receiveMessageOnPort as (channel: unknown) => { message: unknown } | undefined;

/** What became of a thread that died, as a failure of the machine; any other error as it is. */
function threadFailure(error: unknown): unknown {
  const cause = environmentFailure(error);
  if (cause) return cause;
  if (!(error instanceof Error) || !('code' in error)) return error;
  return new EnvironmentError(`a worker thread died: ${error.message}; run the same command again to go on`, { cause });
}

/** An error of another thread: it lost its class on the way. */
function revived({ name, message, stack }: { name: string; message: string; stack: string }): Error {
  if (name === 'UserError') return new UserError(message);
  if (name === 'EnvironmentError') return new EnvironmentError(message);
  const error = new Error(message);
  error.name = name;
  error.stack = stack;
  return error;
}
