import type { CodePlaces } from './code.ts';
import type { Clock, Deployment, Listener } from './deployment.ts';
import { type Groups, taskStates } from './groups.ts';
import { Queues } from './queues.ts';

/** Told of what becomes of tasks. */
interface TaskListener {
  /** A worker was chosen for a task, which it runs now or later. */
  given(slot: number, index: number): void;
  /** A task of a group has ended without an answer. */
  ended(slot: number): void;
}

/** Who runs what: gives tasks to workers or lets them wait, and takes them back. It knows nothing of when a group has enough. */
export class Workers {
  /** Tasks sent so far, and those that were begun. */
  sent = 0;
  begun = 0;
  /** By worker: which task of its group it runs or ran last, and since when. */
  readonly indexOf: Int32Array;
  readonly since: Float64Array;
  /** Slot of the group that a worker works for; -1 when it is free. */
  readonly #slotOf: Int32Array;
  readonly #groups: Groups;
  readonly #poolOf: Int32Array;
  readonly #queues: Queues;
  readonly #cancel: Deployment['cancel'];
  readonly #clock: Clock;
  readonly #worked: Listener['worked'];
  readonly #told: TaskListener;

  constructor(
    groups: Groups,
    { poolOf }: CodePlaces,
    deployment: Deployment,
    clock: Clock,
    worked: Listener['worked'],
    told: TaskListener,
  ) {
    this.#groups = groups;
    this.#poolOf = poolOf;
    this.#queues = new Queues(deployment.pools, deployment.dispatch === 'own');
    this.#cancel = deployment.cancel;
    this.#clock = clock;
    this.#worked = worked;
    this.#told = told;
    this.#slotOf = new Int32Array(this.#queues.workers).fill(-1);
    this.indexOf = new Int32Array(this.#queues.workers);
    this.since = new Float64Array(this.#queues.workers);
  }

  /** @param besides the worker that a copy should not go to; -1 for none */
  send(slot: number, index: number, besides: number): void {
    const groups = this.#groups;
    const queues = this.#queues;
    const pool = this.#poolOf[index]!;
    this.sent++;
    groups.left[slot]!++;
    if (!queues.own) {
      const idle = queues.takeIdle(pool);
      if (idle >= 0) this.#start(idle, slot, index);
      else this.#queue(pool, slot, index);
      return;
    }
    const worker = besides < 0 ? queues.inTurn(pool) : queues.leastLoaded(pool, besides);
    groups.worker[slot * groups.tasks + index] = worker;
    queues.load[worker]!++;
    this.#told.given(slot, index);
    if (this.#slotOf[worker]! < 0 && !queues.resting[worker]) this.#start(worker, slot, index);
    else this.#queue(worker, slot, index);
  }

  /** A task is not needed any more. */
  drop(slot: number, index: number): void {
    const { state, worker, tasks } = this.#groups;
    const task = slot * tasks + index;
    if (state[task] === taskStates.queued && this.#cancel !== 'none') {
      state[task] = taskStates.ended;
      if (this.#queues.own) this.#queues.load[worker[task]!]!--;
    } else if (state[task] === taskStates.running && this.#cancel === 'running') {
      state[task] = taskStates.ended;
      this.#clock.abort(worker[task]!);
    }
  }

  /** A worker's task ends. @returns the slot of its group; `indexOf` and `since` stay until the worker's next task */
  end(worker: number, state: number): number {
    const groups = this.#groups;
    const slot = this.#slotOf[worker]!;
    this.#slotOf[worker] = -1;
    groups.state[slot * groups.tasks + this.indexOf[worker]!] = state;
    groups.left[slot]!--;
    if (this.#queues.own) this.#queues.load[worker]!--;
    this.#worked(groups.group[slot]!, this.since[worker]!, this.#clock.now);
    return slot;
  }

  /** Gives a free worker its next task. */
  goOn(worker: number): void {
    const groups = this.#groups;
    const queues = this.#queues;
    for (;;) {
      const task = queues.shift(groups, worker);
      if (task < 0) break;
      const slot = Math.floor(task / groups.tasks);
      if (groups.state[task] === taskStates.queued) {
        this.#start(worker, slot, task - slot * groups.tasks);
        return;
      }
      groups.left[slot]!--;
      this.#told.ended(slot);
    }
    if (!queues.own) queues.addIdle(worker);
  }

  /** A free worker gets nothing to do until it is `rested`. */
  rest(worker: number): void {
    this.#queues.resting[worker] = 1;
  }

  rested(worker: number): void {
    this.#queues.resting[worker] = 0;
    this.goOn(worker);
  }

  #queue(queue: number, slot: number, index: number): void {
    const task = slot * this.#groups.tasks + index;
    this.#groups.state[task] = taskStates.queued;
    this.#queues.push(this.#groups, queue, task);
  }

  #start(worker: number, slot: number, index: number): void {
    const groups = this.#groups;
    const task = slot * groups.tasks + index;
    groups.state[task] = taskStates.running;
    groups.worker[task] = worker;
    this.#slotOf[worker] = slot;
    this.indexOf[worker] = index;
    this.since[worker] = this.#clock.now;
    this.begun++;
    if (!this.#queues.own) this.#told.given(slot, index);
    this.#clock.start(worker, slot, groups.group[slot]!, index);
  }
}
