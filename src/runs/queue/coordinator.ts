import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Manifest } from '../../results/manifest.ts';
import { seconds } from '../../util/clock.ts';
import { EnvironmentError } from '../../util/errors.ts';
import { modulesRoot } from '../../util/folders.ts';
import { formatDuration } from '../../util/units.ts';
import type { ExecuteOptions, Executor } from '../execute.ts';
import type { Stage, UnitOutcome } from '../stage.ts';
import { type Connection, queuePackage } from './connection.ts';
import {
  type ExperimentOffer,
  experimentIdOf,
  jobIdOf,
  keys,
  liveWorkers,
  type Outcomes,
  pack,
  queueOptions,
  type StageOffer,
  type StageProgress,
  stageIdOf,
  type UnitAnswer,
  type UnitJob,
  unpack,
} from './protocol.ts';
import { type UnitSizes, unitSizes } from './sizes.ts';
import { takeTurn } from './turn.ts';

/** How often a unit is tried before its cells count as failed. */
const tries = 3;

/** Jobs that Redis holds at a time, for each thread that works on them and at least: what is done is taken off soon. */
const jobsAThread = 4;
const leastJobs = 16;

/** After how many seconds without an answer the coordinator looks whether its units are still there. */
const forgetful = 10;

/** Answers that are read at once. */
const batch = 32;

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
    const isOurs = !(await turn.isOthers());
    if (isOurs) {
      await redis.srem(keys.stages, id);
      await queue.obliterate({ force: true });
    }
    await queue.close();
    // BullMQ writes its own key without being waited for, and may be late
    if (isOurs) await redis.del(keys.stage(id), keys.progress(id), queue.toKey('meta'));
    await turn.end();
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

interface HandParts<Result> {
  readonly stage: Stage<Result>;
  readonly given: ExecuteOptions<Result>;
  readonly queue: Queue;
  readonly redis: Redis;
  readonly id: string;
  readonly sizes: UnitSizes;
  readonly onNotice: (line: string) => void;
}

/** The units of a stage: with the workers, or not yet. */
class UnitHand<Result> {
  readonly #parts: HandParts<Result>;
  readonly #left: Set<string>;
  /** Units that no job has, from `#next` on: taking from the front of a list of millions would move it each time. */
  #free: readonly string[];
  #next = 0;
  readonly #jobs = new Map<string, readonly string[]>();
  readonly #began = seconds();
  readonly #all: number;
  #threads = 0;
  #looked = Number.NEGATIVE_INFINITY;
  #said = Number.NEGATIVE_INFINITY;

  constructor(parts: HandParts<Result>) {
    this.#parts = parts;
    const { given } = parts;
    this.#left = new Set(given.units);
    this.#free = given.units;
    this.#all = given.units.length;
  }

  get isDone(): boolean {
    return this.#left.size === 0;
  }

  /** Finds out what Redis holds: jobs that a coordinator before this one left, or fewer than were given out. */
  async adopt(): Promise<void> {
    const jobs = await this.#parts.queue.getJobs(['waiting', 'active', 'delayed', 'completed', 'failed']);
    this.#jobs.clear();
    for (const job of jobs) if (job?.id) this.#jobs.set(job.id, (job.data as UnitJob).units);
    const taken = new Set([...this.#jobs.values()].flat());
    this.#free = [...this.#left].filter((unit) => !taken.has(unit));
    this.#next = 0;
  }

  /** Takes the answers that are there. @returns how many jobs they are of */
  async take(): Promise<number> {
    const jobs = await this.#jobsThat('completed');
    for (const job of jobs) {
      const answer = job.returnvalue as UnitAnswer;
      const outcomes = unpack<Outcomes>(answer.outcomes);
      this.#parts.sizes.took(outcomes.length, answer.seconds, answer.outcomes.length);
      // other units than those asked for are of a run with more trials
      for (const [unit, outcome] of outcomes)
        if (this.#left.delete(unit)) this.#parts.given.done(unit, outcome as UnitOutcome<Result>);
    }
    await this.#forget(jobs);
    return jobs.length;
  }

  /** Takes what no worker could compute: the units of a list are tried one by one, a single one has failed. */
  async takeFailed(): Promise<number> {
    const jobs = await this.#jobsThat('failed');
    for (const job of jobs) {
      const own = (job.data as UnitJob).units.filter((unit) => this.#left.has(unit));
      this.#parts.onNotice(`${this.#parts.stage.name} ${own.join(', ')}: ${job.failedReason}`);
      if (own.length > 1) continue;
      for (const unit of own) {
        const outcome = this.#parts.stage.format.failed?.(unit, `no result in ${tries} tries: ${job.failedReason}`);
        if (!outcome) throw new EnvironmentError(`unit ${unit} gave no result in ${tries} tries: ${job.failedReason}`);
        this.#left.delete(unit);
        this.#parts.given.done(unit, outcome);
      }
    }
    await this.#forget(jobs);
    const again = jobs.flatMap((job) => (job.data as UnitJob).units.filter((unit) => this.#left.has(unit)));
    await this.#add(again.map((unit) => [unit]));
    return jobs.length;
  }

  /** Gives out more units when the workers will soon have none. */
  async fill(): Promise<void> {
    const most = Math.max(leastJobs, jobsAThread * this.#threads);
    const left = () => this.#free.length - this.#next;
    if (left() === 0 || this.#jobs.size > most / 2) return;
    const lists: string[][] = [];
    while (left() > 0 && this.#jobs.size + lists.length < most) {
      const end = this.#next + this.#parts.sizes.next(left(), Math.max(1, this.#threads));
      lists.push(this.#free.slice(this.#next, end));
      this.#next = Math.min(end, this.#free.length);
    }
    await this.#add(lists);
  }

  /** Says how far the stage is, to `queue status` and now and then to people. */
  async report(): Promise<void> {
    const now = seconds();
    if (now - this.#looked < 2) return;
    const first = this.#looked === Number.NEGATIVE_INFINITY;
    this.#looked = now;
    const workers = (await liveWorkers(this.#parts.redis)).filter(({ stage }) => stage === this.#parts.id);
    this.#threads = workers.reduce((sum, { threads }) => sum + threads, 0);
    const [left, done] = [this.#left.size, this.#all - this.#left.size];
    const each = this.#parts.sizes.secondsAUnit;
    const secondsLeft =
      each !== undefined && this.#threads > 0
        ? (left * each) / this.#threads
        : done > 0
          ? (left * (now - this.#began)) / done
          : undefined;
    const progress: StageProgress = { done, total: this.#all, ...(secondsLeft !== undefined && { secondsLeft }) };
    await this.#parts.redis.set(keys.progress(this.#parts.id), JSON.stringify(progress));
    if (now - this.#said < 30 || (first && workers.length > 0)) return;
    this.#said = now;
    const eta = secondsLeft === undefined ? '' : `, about ${formatDuration(secondsLeft)} left`;
    const who = workers.length === 0 ? 'no worker yet' : `${workers.length} workers, ${this.#threads} threads${eta}`;
    this.#parts.onNotice(`${this.#parts.stage.name}: ${done} of ${this.#all}, ${who}`);
  }

  async #jobsThat(state: 'completed' | 'failed'): Promise<Job[]> {
    const jobs = await this.#parts.queue.getJobs([state], 0, batch - 1, true);
    return jobs.filter((job) => job?.id !== undefined);
  }

  async #forget(jobs: readonly Job[]): Promise<void> {
    for (const job of jobs) this.#jobs.delete(job.id!);
    await Promise.all(jobs.map((job) => job.remove()));
  }

  async #add(lists: readonly (readonly string[])[]): Promise<void> {
    if (lists.length === 0) return;
    await this.#parts.queue.addBulk(
      lists.map((units) => {
        const jobId = jobIdOf(this.#parts.id, units);
        this.#jobs.set(jobId, units);
        const data: UnitJob = { units };
        // what fails in a list is tried by itself
        return { name: 'units', data, opts: { jobId, attempts: units.length > 1 ? 1 : tries } };
      }),
    );
  }
}
