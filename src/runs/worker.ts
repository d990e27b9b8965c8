import { serialize } from 'node:v8';
import { BroadcastChannel, workerData } from 'node:worker_threads';
import { seconds } from '../util/clock.ts';
import type { Remote, UnitModule, UnitOutcome } from './stage.ts';

/** A thread that computes units of a stage, whose module and data came with it. */

// tinypool hands [its own data, ours] to a worker
const [, { module, spec, remarks }] = workerData as [unknown, WorkerSpec];
const runner = import(module).then((imported: UnitModule) => imported.open(spec));
runner.catch(() => {}); // told when a unit is asked for

/** What a thread is given. */
export interface WorkerSpec extends Remote {
  /** Name of the channel that takes what came up after the last unit. */
  readonly remarks: string;
}

/** What comes back: errors as plain data, since a thrown one loses its class on the way. */
export type Remotely<Value> =
  | { readonly value: Value }
  | { readonly error: { readonly name: string; readonly message: string; readonly stack: string } };

/** A list of units for those who send the outcomes elsewhere. */
export interface ListTask {
  readonly units: readonly string[];
  /** Units that are computed together. */
  readonly block: number;
}

/** Outcomes of a list by their units, serialized, and the seconds that they took. */
export interface ListOutcome {
  readonly outcomes: Uint8Array;
  readonly seconds: number;
}

async function remotely<Value>(work: () => Promise<Value>): Promise<Remotely<Value>> {
  try {
    return { value: await work() };
  } catch (error) {
    const { name, message, stack = '' } = error as Error;
    return { error: { name, message, stack } };
  }
}

async function compute(units: readonly string[]): Promise<readonly UnitOutcome<unknown>[]> {
  const opened = await runner;
  if (units.length > 1 && opened.runBlock) return opened.runBlock(units);
  const outcomes = [];
  for (const unit of units) outcomes.push(await opened.run(unit));
  return outcomes;
}

/** Computes units together; called by the pool. */
export default function runUnits(units: readonly string[]): Promise<Remotely<readonly UnitOutcome<unknown>[]>> {
  return remotely(() => compute(units));
}

/** Computes a list of units, block by block; called by the pool. */
export function runList({ units, block }: ListTask): Promise<Remotely<ListOutcome>> {
  return remotely(async () => {
    await runner;
    const began = seconds();
    const outcomes: [string, UnitOutcome<unknown>][] = [];
    for (let next = 0; next < units.length; next += block) {
      const own = units.slice(next, next + block);
      for (const [i, outcome] of (await compute(own)).entries()) outcomes.push([own[i]!, outcome]);
    }
    return { outcomes: serialize(outcomes), seconds: seconds() - began };
  });
}

/** Gives back what the units needed; called by the pool before it ends the thread. @public */
export async function close(): Promise<void> {
  const opened = await runner.catch(() => undefined); // it could not be opened: whoever asked for a unit was told
  await opened?.close();
  const lines = opened?.lastRemarks?.() ?? [];
  if (lines.length === 0) return;
  const channel = new BroadcastChannel(remarks);
  channel.postMessage(lines);
  channel.close();
}
