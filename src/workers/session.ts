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
        const computed = runs.inferPrecisely
          ? await runs.inferPrecisely(await precisePoints(), workers.length)
          : await runs.infer(await points(), workers.length);
        placeRows(answers, workers, computed, m);
      }
      if (everybody.length !== N) everybody = new Int32Array(N).map((_, worker) => worker);
      return { answers, m, answered: everybody };
    },
  };
}
