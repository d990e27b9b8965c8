import { Worker } from 'node:worker_threads';
import type { PrimeField } from '../../math/finite-field.ts';
import { seconds } from '../../util/clock.ts';
import { EnvironmentError } from '../../util/errors.ts';
import { moduleUrl } from '../../util/folders.ts';
import type { Attack } from '../../workers/attack-spec.ts';
import { type Answer, type Cluster, type Copy, emptyLedger, type Faults } from './cluster.ts';

/** What the master sends to a worker thread. */
export type ToWorker =
  | {
      readonly kind: 'share';
      readonly copy: Copy;
      readonly rows: number;
      readonly columns: number;
      readonly data: Float64Array;
    }
  | {
      readonly kind: 'task';
      readonly round: number;
      readonly copy: Copy;
      readonly x: Float64Array;
      readonly slowdown: number;
      readonly attack: Attack | undefined;
    };

/** What a worker thread sends back. */
type FromWorker =
  | { readonly kind: 'stored' }
  | { readonly kind: 'answer'; readonly round: number; readonly values: Float64Array; readonly computeSeconds: number };

/**
 * Real workers: one thread each, which holds a copy of its shares and multiplies them; times are wall-clock times of this
 * machine, where more threads than cores share the cores.
 * @param script the worker's script; default: the one beside this file
 */
export function threadCluster(
  field: PrimeField,
  N: number,
  script: URL = moduleUrl('kinds/training/share-worker.js'),
): Cluster {
  // the number of the round; workers look at it to see whether their task is still wanted
  const rounds = new Int32Array(new SharedArrayBuffer(4));
  const start = seconds();
  let ledger = emptyLedger();
  let faults: Faults = { stragglers: new Set(), slowdown: 1, liars: new Set(), attack: undefined };
  let answers: Answer[] = [];
  let stored = 0;
  let failure: Error | undefined;
  let wake = () => {};

  const workers = Array.from({ length: N }, (_, worker) => {
    const thread = new Worker(script, { workerData: { q: field.q, rounds } });
    thread.on('message', (message: FromWorker) => {
      if (message.kind === 'stored') stored++;
      else if (message.round === rounds[0])
        answers.push({
          worker,
          values: message.values,
          received: seconds() - start,
          computeSeconds: message.computeSeconds,
        });
      wake();
    });
    thread.on('error', (cause) => {
      failure = new EnvironmentError(`worker ${worker} died: ${cause.message}`, { cause });
      wake();
    });
    return thread;
  });

  const until = async (ready: () => boolean) => {
    while (!ready()) {
      if (failure) throw failure;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const timed = async <T>(activity: 'wait' | 'recode', task: () => Promise<T>): Promise<T> => {
    const began = seconds();
    const result = await task();
    ledger[activity] += seconds() - began;
    return result;
  };

  return {
    now: () => seconds() - start,
    work(activity, _work, task) {
      const began = seconds();
      const result = task();
      ledger[activity] += seconds() - began;
      return result;
    },
    distribute(copy, receivers, shares, rows, columns) {
      return timed('recode', async () => {
        Atomics.add(rounds, 0, 1); // no worker need finish what it does with its old share
        Atomics.notify(rounds, 0);
        stored = 0;
        for (const [i, worker] of receivers.entries()) {
          const data = shares.data.slice(i * shares.columns, (i + 1) * shares.columns);
          const message: ToWorker = { kind: 'share', copy, rows, columns, data };
          workers[worker]!.postMessage(message, [data.buffer]);
        }
        await until(() => stored === receivers.length);
      });
    },
    setFaults(next) {
      faults = next;
    },
    post(copy, receivers, x) {
      const round = Atomics.add(rounds, 0, 1) + 1;
      Atomics.notify(rounds, 0);
      answers = [];
      for (const worker of receivers) {
        const message: ToWorker = {
          kind: 'task',
          round,
          copy,
          x,
          slowdown: faults.stragglers.has(worker) ? faults.slowdown : 1,
          attack: faults.liars.has(worker) ? faults.attack : undefined,
        };
        workers[worker]!.postMessage(message);
      }
    },
    next() {
      return timed('wait', async () => {
        await until(() => answers.length > 0);
        return answers.shift()!;
      });
    },
    attribute(computeSeconds) {
      const moved = Math.min(computeSeconds, ledger.wait);
      ledger.wait -= moved;
      ledger.compute += moved;
    },
    takeLedger() {
      const taken = ledger;
      ledger = emptyLedger();
      return taken;
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
