import type { Model } from '../models/model.ts';
import { placeRows } from './rows.ts';
import type { Workers } from './workers.ts';

/**
 * Workers that are models in this process: all answer, with what the models give. Copies of queries are not computed again.
 * @param models parity models by name
 */
export function sessionWorkers(model: Model, models: ReadonlyMap<string, Model> = new Map()): Workers {
  const m = model.outputs;
  let everybody = new Int32Array(0);
  return {
    async ask({ N, parts, copies, queryOutputs }) {
      const answers = new Float64Array(N * m);
      for (const { worker, query } of copies) {
        answers.set(queryOutputs.subarray(query * m, (query + 1) * m), worker * m);
      }
      for (const { model: name, workers, points, precisePoints } of parts) {
        const runs = name === undefined ? model : models.get(name)!;
        if (runs.inferPrecisely) {
          placeRows(answers, workers, await runs.inferPrecisely(await precisePoints(), workers.length), m);
          continue;
        }
        // no more points than the model takes in a call: those of large images fill memory
        const { pointsACall = workers.length } = runs;
        for (let from = 0; from < workers.length; from += pointsACall) {
          const asked = workers.slice(from, from + pointsACall);
          const computed = await runs.infer(await points(from, from + asked.length), asked.length);
          placeRows(answers, asked, computed, m);
        }
      }
      if (everybody.length !== N) everybody = new Int32Array(N).map((_, worker) => worker);
      return { answers, m, answered: everybody };
    },
  };
}
