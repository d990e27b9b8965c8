import type { TrainingColumn } from '../../results/schema.ts';
import type { TrainingCell } from './run.ts';
import type { Iteration, TrainingResult } from './train.ts';

/** A cell and its trials. */
export interface CellResult {
  readonly cell: TrainingCell;
  readonly trials: readonly TrainingResult[];
}

/** Seconds of one iteration. */
function duration({ ledger }: Iteration): number {
  return ledger.compute + ledger.wait + ledger.verify + ledger.decode + ledger.recode;
}

export const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** What is summarised of one training; of one that stopped early only how far it came. */
export function trainingValues({ iterations, failure }: TrainingResult): Record<TrainingColumn | 'accuracy', number> {
  const last = iterations.at(-1);
  const steps = iterations.slice(1);
  const ended = (value: number | undefined) => (failure || value === undefined ? Number.NaN : value);
  return {
    accuracy: ended(last?.accuracy),
    loss: ended(last?.loss),
    exact: last?.exact && !failure ? 1 : 0,
    failed_iterations: steps.filter(({ status }) => status !== 'ok').length,
    awaiting_iterations: steps.filter(({ awaited }) => awaited > 0).length,
    total_s: ended(sum(steps.map(duration))),
    setup_s: iterations[0] ? duration(iterations[0]) : Number.NaN,
    compute_s: ended(sum(steps.map(({ ledger }) => ledger.compute))),
    wait_s: ended(sum(steps.map(({ ledger }) => ledger.wait))),
    verify_s: ended(sum(steps.map(({ ledger }) => ledger.verify))),
    decode_s: ended(sum(steps.map(({ ledger }) => ledger.decode))),
    recode_s: ended(sum(steps.map(({ ledger }) => ledger.recode))),
  };
}
