import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { modulesRoot } from '../../util/folders.ts';
import { thisProcess } from '../../util/process.ts';
import type { RemoteSpec } from '../stage.ts';
import { openThreads } from '../threads.ts';
import { type Connection, type QueueAddress, queuePackage, withConnection } from './connection.ts';
import {
  keys,
  offerIn,
  prefix,
  redisTime,
  type StageOffer,
  type UnitAnswer,
  type UnitJob,
  type WorkerSigns,
} from './protocol.ts';

/** How an experiment is found on this machine. */
export type Admission =
  /** Its spec with the names that its files have here. */
  { readonly adapt: (spec: RemoteSpec) => RemoteSpec } | { readonly refusal: string };

export interface WorkerOptions {
  readonly threads: number;
  /** Ends the work after the units under way. */
  readonly signal: AbortSignal;
  /** Ends the work at once: the units under way go back to the queue. */
  readonly leave: AbortSignal;
  readonly onNotice: (line: string) => void;
  /** Looks for models and data of an experiment here, and whether they are the same. */
  readonly admit: (offer: StageOffer) => Promise<Admission>;
  /** What module names start from; default: this program. */
  readonly root?: string;
}

/** After what silence of a worker its units go to another, in milliseconds. */
const lockDuration = 15_000;

/** Computes units of a queue until it is told to end; joins and leaves at any time. */
export async function workFor(address: QueueAddress, options: WorkerOptions): Promise<void> {
  const left = new Promise<void>((resolve) => {
    options.leave.addEventListener('abort', () => resolve(), { once: true });
  });
  await withConnection(address, options.onNotice, (connection) =>
    Promise.race([serveStages(connection, options, left), connection.lost]),
  );
}

async function serveStages({ redis }: Connection, options: WorkerOptions, left: Promise<void>): Promise<void> {
  const { signal, threads, admit, onNotice } = options;
  const id = `${thisProcess().host}-${process.pid}-${randomBytes(4).toString('hex')}`;
  const admissions = new Map<string, Admission>();
  const refused: Record<string, string> = {};
  let stage: string | undefined;
  const show = async () => {
    const signs: WorkerSigns = {
      process: thisProcess(),
      threads,
      refused,
      seen: await redisTime(redis),
      ...(stage && { stage }),
    };
    await redis.hset(keys.workers, id, JSON.stringify(signs));
  };
  const timer = setInterval(() => show().catch(() => {}), 3000);
  try {
    await show();
    onNotice(`ready with ${threads} threads; waiting for units`);
    while (!signal.aborted) {
      for (const candidate of await redis.smembers(keys.stages)) {
        const text = await redis.get(keys.stage(candidate));
        const offer = text === null ? undefined : offerIn(text);
        if (!offer || signal.aborted) continue;
        const known = admissions.get(offer.experimentId);
        const admission = known ?? (await admit(offer));
        admissions.set(offer.experimentId, admission);
        if ('refusal' in admission) {
          if (known) continue;
          refused[offer.experiment] = admission.refusal;
          onNotice(`${offer.experiment}: ${admission.refusal}; taking none of its units`);
          await show();
          continue;
        }
        stage = candidate;
        await show();
        await serve(redis, candidate, offer, admission.adapt(offer.remote.spec), options, left);
        stage = undefined;
        await show();
      }
      await sleep(500, undefined, { signal }).catch(() => {});
    }
  } finally {
    clearInterval(timer);
    await redis.hdel(keys.workers, id);
  }
}

/** Computes units of a stage until there are no more, or this worker is to end. */
async function serve(
  redis: Redis,
  id: string,
  offer: StageOffer,
  spec: RemoteSpec,
  { threads: most, signal, leave, onNotice, root = modulesRoot.href }: WorkerOptions,
  left: Promise<void>,
): Promise<void> {
  const { Worker: BullWorker } = await queuePackage(() => import('bullmq'));
  // what comes from the queue names a module of this program, and no other
  if (!/^[\w/-]+\.js$/.test(offer.remote.module))
    throw new Error(`${offer.remote.module} is no module of this program`);
  const threads = offer.oneAtATime ? 1 : most;
  const pool = await openThreads({ module: new URL(offer.remote.module, root).href, spec }, threads);
  const underWay = new Map<Job, string>();
  let leaving = false;
  const isOver = async () => (await redis.sismember(keys.stages, id)) === 0;
  onNotice(`${offer.experiment}: computing ${offer.name}`);
  const worker: Worker = new BullWorker(
    id,
    async (job: Job, token = '') => {
      underWay.set(job, token);
      try {
        const { outcomes, seconds } = await pool.runList({ ...(job.data as UnitJob), block: offer.block });
        const answer: UnitAnswer = { outcomes: Buffer.from(outcomes).toString('base64'), seconds };
        return answer;
      } finally {
        underWay.delete(job);
      }
    },
    {
      connection: redis,
      prefix,
      skipVersionCheck: true,
      // one more than is computed, so that no thread waits for Redis
      concurrency: offer.oneAtATime ? 1 : threads + 1,
      lockDuration,
      stalledInterval: lockDuration / 2,
      maxStalledCount: 1, // of a job that a second worker dies of the coordinator thinks again
      drainDelay: 1,
    },
  );
  worker.on('error', () => {}); // lost connections are told of; a job that is another's by now needs nothing
  worker.on('failed', (job, error) => {
    if (!leaving)
      onNotice(
        `${offer.experiment}, ${offer.name} ${(job?.data as UnitJob | undefined)?.units.join(', ')}: ${error.message}`,
      );
  });
  const over = (async () => {
    while (!signal.aborted && !(await isOver())) await sleep(500, undefined, { signal }).catch(() => {});
    if (!(await isOver())) await worker.close();
  })();
  const giveBack = left.then(async () => {
    leaving = true;
    await Promise.allSettled([...underWay].map(([job, token]) => job.moveToWait(token)));
  });
  await Promise.race([over, giveBack]);
  leaving = true;
  await worker.close(true);
  // its look for stalled jobs writes keys, also after the coordinator has cleaned up
  if (await isOver()) await redis.del(worker.toKey('meta'), worker.toKey('stalled-check'));
  // a thread that is ended in the middle of an inference takes the process with it
  while (underWay.size > 0 && !leave.aborted) await sleep(20);
  if (leave.aborted) return;
  for (const line of await pool.close()) onNotice(`${offer.experiment}: ${line}`);
}
