import { setTimeout as sleep } from 'node:timers/promises';
import type { Model } from '../models/model.ts';
import type { ServedModel } from '../protocol/server.ts';
import { timerDelay } from '../util/clock.ts';
import type { RandomStream } from '../util/random.ts';

interface WorkerOptions {
  readonly server: ServedModel['server'];
  /** Seconds that a request takes at least. */
  readonly service?: ((stream: RandomStream) => number) | undefined;
  readonly stream: RandomStream;
}

/** Name of the request parameter with the seconds that it is to take at least. */
export const serviceParameter = 'service_s';

/**
 * A model as a worker that computes one request at a time, in the order they come. For experiments a request can be made to take
 * a time: drawn from a law, or as its parameter says.
 */
export function servedModel(model: Model, { server, service, stream }: WorkerOptions): ServedModel {
  let last: Promise<unknown> = Promise.resolve();
  return {
    server,
    name: model.name,
    platform: model.runtime,
    inputShape: model.inputShape,
    outputs: model.outputs,
    ready: () => true,
    infer(points, count, { parameters, signal }) {
      const least = service?.(stream) ?? Number(parameters[serviceParameter] ?? 0);
      const answer = last.then(async () => {
        signal.throwIfAborted(); // nobody waits for it any more
        const began = performance.now();
        const values = (await model.infer(points, count)).slice();
        const left = least - (performance.now() - began) / 1000;
        if (left > 0) await sleep(timerDelay(left), undefined, { signal });
        return { values, parameters: { [serviceParameter]: (performance.now() - began) / 1000 } };
      });
      last = answer.catch(() => {});
      return answer;
    },
  };
}
