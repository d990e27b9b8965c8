import { serialize } from 'node:v8';
import { workerData } from 'node:worker_threads';
import { seconds } from '../util/clock.ts';
import type { Stage, UnitModule, UnitOutcome } from './stage.ts';

/** A thread that computes units of a stage, whose module and data came with it. */

// tinypool hands [its own data, ours] to a worker
const [, { module, spec }] = workerData as [unknown, Stage<unknown>['remote']];
const runner = import(module).then((imported: UnitModule) => imported.open(spec));
runner.catch(() => {}); // told when a unit is asked for

/** What comes back: errors as plain data, since a thrown one loses its class on the way. */
export type Remotely<Value> =
  | { readonly value: Value }
  | { readonly error: { readonly name: string; readonly message: string; readonly stack: string } };

/** Outcomes of a list of units by their ids, serialized, and the seconds that they took. */
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

/** Computes one unit; called by the pool. */
export default function runUnit(unit: string): Promise<Remotely<UnitOutcome<unknown>>> {
  return remotely(async () => (await runner).run(unit));
}

/** Computes units one after the other, for those who send the outcomes elsewhere; called by the pool. */
export function runList(units: readonly string[]): Promise<Remotely<ListOutcome>> {
  return remotely(async () => {
    const { run } = await runner;
    const began = seconds();
    const outcomes: [string, UnitOutcome<unknown>][] = [];
    for (const unit of units) outcomes.push([unit, await run(unit)]);
    return { outcomes: serialize(outcomes), seconds: seconds() - began };
  });
}
