import { workerData } from 'node:worker_threads';
import type { Stage, UnitModule, UnitOutcome } from './stage.ts';

/** A thread that computes units of a stage, whose module and data came with it. */

// tinypool hands [its own data, ours] to a worker
const [, { module, spec }] = workerData as [unknown, Stage<unknown>['remote']];
const runner = import(module).then((imported: UnitModule) => imported.open(spec));
runner.catch(() => {}); // told when a unit is asked for

/** What comes back: errors as plain data, since a thrown one loses its class on the way. */
export type RemoteOutcomes<Result> =
  | { readonly outcomes: readonly UnitOutcome<Result>[] }
  | { readonly error: { readonly name: string; readonly message: string; readonly stack: string } };

/** Computes units; called by the pool. */
export default async function runUnits(units: readonly string[]): Promise<RemoteOutcomes<unknown>> {
  try {
    const opened = await runner;
    if (units.length > 1 && opened.runBlock) return { outcomes: await opened.runBlock(units) };
    const outcomes = [];
    for (const unit of units) outcomes.push(await opened.run(unit));
    return { outcomes };
  } catch (error) {
    const { name, message, stack = '' } = error as Error;
    return { error: { name, message, stack } };
  }
}
