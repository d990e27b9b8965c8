import { type RandomStream, sampleWithoutReplacement } from '../util/random.ts';
import type { Latency, StragglerModel } from './straggler-spec.ts';

/** Whether the model takes the number of stragglers `S`; otherwise how many there are is itself random. */
export function takesCount(model: StragglerModel): boolean {
  return typeof model === 'string';
}

/** The model as the `stragglers` column prints it: `uniform`, `bernoulli(0.1)`, `deadline(0.03;pareto;0.01;2)`. */
export function stragglerLabel(model: StragglerModel): string {
  if (typeof model === 'string') return model;
  if ('bernoulli' in model) return `bernoulli(${model.bernoulli})`;
  const [[kind, parameters]] = Object.entries(model.deadline.latency) as [[string, number[] | Record<string, number>]];
  return `deadline(${[model.deadline.after, kind, ...Object.values(parameters)].join(';')})`;
}

/**
 * The workers that answer.
 * @param S number of stragglers, for the models that take one; S < N
 * @param stream a fresh stream of the trial: equal streams give nested sets for growing S (`uniform`)
 * @returns worker numbers, ascending; may be empty for the models that do not take a count
 */
export function drawSurvivors(model: StragglerModel, N: number, S: number, stream: RandomStream): Int32Array {
  const late = new Uint8Array(N);
  if (model === 'uniform') {
    for (const worker of sampleWithoutReplacement(stream, N, S)) late[worker] = 1;
  } else if (model === 'contiguous') {
    const start = stream.integer(N - S + 1);
    late.fill(1, start, start + S);
  } else if ('bernoulli' in model) {
    for (let n = 0; n < N; n++) late[n] = stream.uniform() < model.bernoulli ? 1 : 0;
  } else {
    for (let n = 0; n < N; n++) late[n] = drawLatency(model.deadline.latency, stream) > model.deadline.after ? 1 : 0;
  }
  return Int32Array.from({ length: N }, (_, n) => n).filter((n) => late[n] === 0);
}

/** One worker's latency in seconds. */
export function drawLatency(latency: Latency, stream: RandomStream): number {
  const u = 1 - stream.uniform(); // in (0, 1]
  if ('shiftedExponential' in latency) {
    return latency.shiftedExponential.shift - latency.shiftedExponential.mean * Math.log(u);
  }
  if ('pareto' in latency) return latency.pareto.scale * u ** (-1 / latency.pareto.shape);
  if ('logNormal' in latency) return latency.logNormal.median * Math.exp(latency.logNormal.sigma * stream.normal());
  return latency.trace[Math.min(Math.floor(u * latency.trace.length), latency.trace.length - 1)]!;
}
