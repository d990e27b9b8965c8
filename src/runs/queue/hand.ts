import type { Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { seconds } from '../../util/clock.ts';
import { EnvironmentError } from '../../util/errors.ts';
import { formatDuration } from '../../util/units.ts';
import type { ExecuteOptions } from '../execute.ts';
import type { Stage, UnitOutcome } from '../stage.ts';
import {
  jobIdOf,
  keys,
  liveWorkers,
  type Outcomes,
  type StageProgress,
  type UnitAnswer,
  type UnitJob,
  unpack,
} from './protocol.ts';
import type { UnitSizes } from './sizes.ts';

/** How often a unit is tried before its cells count as failed. */
const tries = 3;

/** Jobs that Redis holds at a time, for each thread that works on them and at least: what is done is taken off soon. */
const jobsAThread = 4;
const leastJobs = 16;

/** Answers that are read at once. */
export const batch = 32;

/** What BullMQ says of a job whose workers died or fell silent. */
const stalled = /^job stalled/;

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
export class UnitHand<Result> {
  readonly #parts: HandParts<Result>;
  readonly #left: Set<string>;
  /** Units that no job has, from `#next` on: taking from the front of a list of millions would move it each time. */
  #free: readonly string[];
  #next = 0;
  readonly #jobs = new Map<string, readonly string[]>();
  /** Units whose workers died: of them, or of what else those had. */
  readonly #suspects = new Set<string>();
  /** The suspect that is given out by itself. */
  #lone: string | undefined;
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
    this.#free = [...this.#left].filter((unit) => !taken.has(unit) && !this.#suspects.has(unit));
    if (this.#lone !== undefined && !taken.has(this.#lone)) this.#lone = undefined;
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

  /**
   * Takes what no worker could compute: the units of a list are tried one by one; a single one has failed, unless its workers
   * died: it may not be what they died of, so it is tried again when there is nothing else.
   */
  async takeFailed(): Promise<number> {
    const jobs = await this.#jobsThat('failed');
    for (const job of jobs) {
      const own = (job.data as UnitJob).units.filter((unit) => this.#left.has(unit));
      this.#parts.onNotice(`${this.#parts.stage.name} ${own.join(', ')}: ${job.failedReason}`);
      if (own.length > 1) continue;
      const died = stalled.test(job.failedReason);
      const why = died
        ? 'its workers died or fell silent, the last ones with nothing else to compute'
        : `no result in ${tries} tries: ${job.failedReason}`;
      for (const unit of own) {
        if (died && unit !== this.#lone) {
          this.#suspects.add(unit);
          continue;
        }
        const outcome = this.#parts.stage.format.failed?.(unit, why);
        if (!outcome) throw new EnvironmentError(`unit ${unit}: ${why}`);
        this.#left.delete(unit);
        this.#parts.given.done(unit, outcome);
      }
    }
    await this.#forget(jobs);
    const again = jobs.flatMap((job) => (job.data as UnitJob).units).filter((unit) => this.#left.has(unit));
    await this.#add(again.filter((unit) => !this.#suspects.has(unit)).map((unit) => [unit]));
    return jobs.length;
  }

  /** Gives out more units when the workers will soon have none. */
  async fill(): Promise<void> {
    const most = Math.max(leastJobs, jobsAThread * this.#threads);
    const left = () => this.#free.length - this.#next;
    if (left() === 0 && this.#jobs.size === 0) await this.#addSuspect();
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

  /** Gives out a suspect when no worker has anything else, so that none dies of another unit. */
  async #addSuspect(): Promise<void> {
    const [unit] = this.#suspects;
    if (unit === undefined) return;
    this.#suspects.delete(unit);
    this.#lone = unit;
    await this.#add([[unit]]);
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
