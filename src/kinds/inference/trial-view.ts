import { type Attempt, allExcluded } from '../../coded/attempt.ts';
import { isFailure } from '../../coded/failure.ts';
import type { OpenTrials } from '../../coded/open.ts';
import type { TrialWatch } from '../../coded/trial.ts';
import { classes } from '../../metrics/inference.ts';
import type { TrialView, ViewedCell, ViewedQuery } from '../../tables/trial.ts';

/** What happened in one trial: who was asked what, who answered, who lied, and what each scheme made of it. */
export function trialViewer(): {
  readonly watch: TrialWatch;
  view(opened: OpenTrials, trial: number): Promise<TrialView>;
} {
  let queries = new Map<number, ViewedQuery[]>();
  let cells: ViewedCell[] = [];
  const watch: TrialWatch = {
    answered({ K }, { batch, on }) {
      const { classes: predicted } = on('logits').truth;
      queries.set(
        K,
        batch.indices.map((index, k) => ({
          index,
          ...(batch.labels && { label: batch.labels[k]! }),
          truth: predicted[k]!,
        })),
      );
    },
    decoded(attempted, pattern, outcome, measured) {
      cells.push({
        place: attempted.cell.index,
        key: { ...attempted.cell.key },
        pattern,
        ...workersOf(attempted, outcome && !isFailure(outcome) ? outcome.excluded : undefined),
        ...(isFailure(measured) ? { failure: measured.message } : {}),
        ...(outcome && !isFailure(outcome) && perQuery(attempted, outcome.outputs, outcome.classOnly)),
      });
    },
  };
  return {
    watch,
    async view(opened, trial) {
      queries = new Map();
      cells = [];
      await opened.run([trial]);
      cells.sort((a, b) => a.place - b.place || a.pattern - b.pattern);
      return { trial, queries: [...queries].map(([K, list]) => ({ K, queries: list })), cells };
    },
  };
}

function workersOf(
  { toDecode, inTime }: Attempt,
  byDecoder: Int32Array | undefined,
): Pick<ViewedCell, 'survivors' | 'liars' | 'excluded'> {
  if (isFailure(toDecode)) return { survivors: [...inTime], liars: [] };
  const { liars } = toDecode;
  const excluded = allExcluded(toDecode.excluded, byDecoder);
  return { survivors: [...inTime], liars: [...liars], ...(excluded && { excluded: [...excluded] }) };
}

/** Decoded class of each query, and its squared error where the outputs carry more than a class. */
function perQuery(
  { truth }: Attempt,
  outputs: Float64Array,
  classOnly = false,
): Pick<ViewedCell, 'decoded' | 'errors'> {
  const m = truth.outputs.length / truth.classes.length;
  const decoded = [...classes(outputs, m)];
  if (classOnly) return { decoded };
  const errors = decoded.map((_, k) => {
    let sum = 0;
    for (let j = k * m; j < (k + 1) * m; j++) sum += (outputs[j]! - truth.outputs[j]!) ** 2;
    return sum;
  });
  return { decoded, errors };
}
