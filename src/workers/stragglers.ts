import { memberOf } from '../util/entries.ts';
import type { RandomStream } from '../util/random.ts';
import { type StragglerModel, stragglers } from './faults/stragglers/registry.ts';

/** Whether the model takes the number of stragglers `S`; otherwise how many there are is itself random. */
export function takesCount(model: StragglerModel): boolean {
  const [kind] = memberOf(stragglers, model);
  return kind.takesCount;
}

/** The model as the `stragglers` column prints it: `uniform`, `bernoulli(0.1)`, `deadline(0.03;pareto;0.01;2)`. */
export function stragglerLabel(model: StragglerModel): string {
  const known = labels.get(model);
  if (known !== undefined) return known;
  const label = labelOf(model);
  labels.set(model, label);
  return label;
}

/** A label is asked for in each trial and cell. The models are those of a few configs. */
const labels = new Map<StragglerModel, string>();

function labelOf(model: StragglerModel): string {
  const [kind, options] = memberOf(stragglers, model);
  return kind.parameters ? `${kind.name}(${kind.parameters(options)})` : kind.name;
}

/**
 * The workers that answer.
 * @param S number of stragglers, for the models that take one; S < N
 * @param stream a fresh stream of the trial: equal streams give nested sets for growing S (`uniform`)
 * @returns worker numbers, ascending; may be empty for the models that do not take a count
 */
export function drawSurvivors(model: StragglerModel, N: number, S: number, stream: RandomStream): Int32Array {
  const [kind, options] = memberOf(stragglers, model);
  const late = kind.late(options, { N, S, stream });
  const inTime = new Int32Array(N);
  let count = 0;
  for (let worker = 0; worker < N; worker++) if (late[worker] === 0) inTime[count++] = worker;
  return inTime.slice(0, count);
}
