import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import type { Manifest } from '../../results/manifest.ts';
import { seconds } from '../../util/clock.ts';
import { modulesRoot } from '../../util/folders.ts';
import type { ExecuteOptions, Executor } from '../execute.ts';
import type { Stage } from '../stage.ts';
import { type Connection, queuePackage } from './connection.ts';
import { batch, UnitHand } from './hand.ts';
import {
  type ExperimentOffer,
  experimentIdOf,
  keys,
  pack,
  queueOptions,
  type StageOffer,
  stageIdOf,
} from './protocol.ts';
import { unitSizes } from './sizes.ts';
import { takeTurn } from './turn.ts';

/** After how many seconds without an answer the coordinator looks whether its units are still there. */
const forgetful = 10;

/** Pauses between two looks for answers, in milliseconds: short while answers come, longer while none do. */
const shortest = 40;
const longest = 320;

export interface QueueOptions {
  readonly offer: ExperimentOffer;
  /** Units in a job; default: as many as take about a second. */
  readonly unitsAJob?: number | undefined;
  readonly onNotice: (line: string) => void;
  /** What the module of a stage is in; default: this program. */
  readonly root?: string;
}

/**
 * Has the units of stages computed by workers on other machines. A unit may be computed twice, when its worker was thought
 * dead; the first outcome counts, and they are the same. The coordinator may be ended and started again.
 */
export function queueExecutor(
  connection: Connection,
  options: QueueOptions & { identity: Manifest; experiment: string },
): Executor {
  return async (stage, given) => {
    if (given.units.length > 0) await coordinate(connection, stage, given, options);
  };
}

async function coordinate<Result>(
  { redis, lost }: Connection,
  stage: Stage<Result>,
  given: ExecuteOptions<Result>,
  {
    offer,
    unitsAJob,
    onNotice,
    identity,
    experiment,
    root = modulesRoot.href,
  }: QueueOptions & { identity: Manifest; experiment: string },
): Promise<void> {
  const experimentId = experimentIdOf(identity);
  const id = stageIdOf(experimentId, stage);
  const { Queue: BullQueue } = await queuePackage(() => import('bullmq'));
  const turn = await Promise.race([takeTurn(redis, keys.coordinator(id), given.signal, onNotice), lost]);
  if (!turn) return;
  const queue: Queue = new BullQueue(id, queueOptions(redis));
  queue.on('error', () => {}); // the connection tells
  const { digests, versions } = identity;
  const whole: StageOffer = {
    ...offer,
    name: stage.name,
    experiment,
    identity: { digests, versions },
    experimentId,
    remote: { ...stage.remote, module: moduleName(stage.remote.module, root) },
    oneAtATime: stage.oneAtATime ?? false,
    block: stage.block ?? 1,
  };
  const clean = async () => {
    try {
      const isOurs = !(await turn.isOthers());
      // the stage goes last: workers that find it gone remove keys of their own, and BullMQ empties no queue without its `meta`
      if (isOurs) await queue.obliterate({ force: true });
      await queue.close();
      // BullMQ writes its own key without being waited for, and may be late
      if (isOurs) {
        await redis.srem(keys.stages, id);
        await redis.del(keys.stage(id), keys.progress(id), queue.toKey('meta'));
      }
    } finally {
      await turn.end();
    }
  };
  const work = async () => {
    const hand = new UnitHand({ stage, given, queue, redis, id, sizes: unitSizes(unitsAJob), onNotice });
    const offerAll = async () => {
      await redis.set(keys.stage(id), pack(whole));
      await redis.sadd(keys.stages, id);
      await hand.adopt();
    };
    await queue.resume(); // who was killed while it cleaned up left it halted
    await offerAll();
    let heard = seconds();
    for (let pause = shortest; !hand.isDone && !given.signal?.aborted; ) {
      const took = (await hand.take()) + (await hand.takeFailed());
      await hand.fill();
      await hand.report();
      pause = took > 0 ? shortest : Math.min(2 * pause, longest);
      if (took > 0) heard = seconds();
      // a Redis that lost what it held has forgotten what the workers are to do
      if (seconds() - heard > forgetful) {
        await offerAll();
        heard = seconds();
      }
      // what ends in the meantime is taken together; a full hand means that there is more
      if (took < batch) await sleep(pause);
    }
    await hand.take(); // what was done when the signal came
  };
  try {
    await Promise.race([work(), lost, turn.lost]);
  } finally {
    const cleaned = new AbortController();
    await Promise.race([clean(), lost, sleep(5000, undefined, { signal: cleaned.signal })]).catch(() => {});
    cleaned.abort(); // a timer that goes on keeps the process
  }
}

/** Name of a module of this program, which is elsewhere on other machines. */
function moduleName(url: string, root: string): string {
  if (!url.startsWith(root)) throw new Error(`${url} is no module of this program`);
  return url.slice(root.length);
}
