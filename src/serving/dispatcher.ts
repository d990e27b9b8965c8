import { type Code, codePlaces } from './code.ts';
import type { Clock, Deployment, Listener } from './deployment.ts';
import { Groups, taskStates } from './groups.ts';
import { type HedgeDelay, hedgeDelay } from './hedging.ts';
import { Queues } from './queues.ts';

const timers = { deadline: 1, wait: 2, hedge: 3 } as const;

/**
 * Sends the tasks of groups to workers, decides when a group has enough, drops what is not needed any more. It knows no clock
 * and computes nothing: simulated and live serving differ in their `Clock` alone.
 */
export class Dispatcher {
  readonly groups: Groups;
  readonly queues: Queues;
  /** Tasks begun so far, and of them second copies. */
  tasks = 0;
  copies = 0;
  readonly #code: Code;
  readonly #deployment: Deployment;
  readonly #clock: Clock;
  readonly #listener: Listener;
  readonly #hedge: HedgeDelay | undefined;
  readonly #taskOf: Int32Array;
  readonly #since: Float64Array;
  /** Tasks that are a query's own; those of a part. */
  readonly #ofQuery: readonly (readonly number[])[];
  readonly #ofPart: readonly (readonly number[])[];
  readonly #partOf: readonly number[];
  readonly #copied: boolean;
  /** Slot whose group waits for more queries; -1 when none does. */
  #collecting = -1;
  #sent = 0;

  constructor(code: Code, deployment: Deployment, clock: Clock, listener: Listener) {
    this.#code = code;
    this.#deployment = deployment;
    this.#clock = clock;
    this.#listener = listener;
    this.groups = new Groups(code);
    this.queues = new Queues(deployment.pools, deployment.dispatch === 'own');
    this.#hedge = deployment.hedge && hedgeDelay(deployment.hedge);
    this.#taskOf = new Int32Array(this.queues.workers).fill(-1);
    this.#since = new Float64Array(this.queues.workers);
    const { partOf, ofQuery, ofPart } = codePlaces(code);
    this.#partOf = partOf;
    this.#ofQuery = ofQuery;
    this.#ofPart = ofPart;
    this.#copied = deployment.hedge !== undefined || this.#ofQuery.some((tasks) => tasks.length > 2);
  }

  /** A request of a whole group. */
  arriveWhole(request: number): void {
    const { groups } = this;
    const slot = groups.take();
    groups.size[slot] = groups.K;
    groups.open[slot] = groups.K;
    groups.closed[slot] = 1;
    groups.request[slot * groups.K] = request;
    this.#code.parts.forEach(({ need }, part) => {
      groups.need[slot * groups.parts + part] = need;
    });
    this.#watch(slot);
    for (let i = 0; i < groups.coded; i++) this.#send(slot, i);
  }

  /** A request of a single query, which joins the group that waits. */
  arriveSingle(request: number): void {
    const { groups } = this;
    if (this.#collecting < 0) {
      this.#collecting = groups.take();
      this.#watch(this.#collecting);
      const { wait = 0 } = this.#deployment;
      if (Number.isFinite(wait) && groups.K > 1)
        this.#clock.wake(this.#clock.now + wait, timers.wait, this.#collecting, groups.group[this.#collecting]!);
    }
    const slot = this.#collecting;
    const query = groups.size[slot]!++;
    groups.open[slot]!++;
    groups.request[slot * groups.K + query] = request;
    if (groups.size[slot] === groups.K) {
      groups.closed[slot] = 1;
      this.#collecting = -1;
    }
    const part = this.#partOf[query]!;
    for (const i of this.#ofQuery[query]!) if (i < groups.coded) this.#send(slot, i);
    const { queries, need } = this.#code.parts[part]!;
    if (query === queries.at(-1)) this.#partIsWhole(slot, part, need);
    this.#finishWhenDone(slot);
  }

  /** The answer of a worker has come. */
  finished(worker: number): void {
    const task = this.#end(worker, taskStates.came);
    this.#hedge?.observe(this.#clock.now - this.#since[worker]!);
    this.#take(task);
    this.#goOn(worker);
  }

  /** A worker will not answer. It gets nothing to do before `rested`. */
  failed(worker: number): void {
    const task = this.#end(worker, taskStates.ended);
    this.queues.resting[worker] = 1;
    this.#ended(Math.floor(task / this.groups.tasks));
  }

  /** A worker that failed can go on. */
  rested(worker: number): void {
    this.queues.resting[worker] = 0;
    this.#goOn(worker);
  }

  /** A worker whose task was ended can go on. */
  freed(worker: number): void {
    const task = this.#end(worker, taskStates.ended);
    this.#goOn(worker);
    this.#ended(Math.floor(task / this.groups.tasks));
  }

  /** @param group that the timer was set for: another one may be in its place by now */
  timer(kind: number, id: number, group: number): void {
    const { groups } = this;
    const slot = kind === timers.hedge ? Math.floor(id / groups.tasks) : id;
    if (groups.group[slot] !== group) return;
    if (kind === timers.hedge) this.#copy(slot, id);
    else if (kind === timers.wait) this.#close(slot);
    else this.#cutOff(slot);
  }

  /** No further request comes: a group that waits for queries waits no more. */
  drain(): void {
    if (this.#collecting >= 0) this.#close(this.#collecting);
  }

  /** Whether an answer of a task has come. */
  came(slot: number, index: number): boolean {
    return this.groups.state[slot * this.groups.tasks + index] === taskStates.came;
  }

  #watch(slot: number): void {
    const { deadline } = this.#deployment;
    if (deadline !== undefined)
      this.#clock.wake(this.#clock.now + deadline, timers.deadline, slot, this.groups.group[slot]!);
  }

  /** All queries of a part are there: its joint tasks can go, unless every query has been answered. */
  #partIsWhole(slot: number, part: number, need: number): void {
    const { groups } = this;
    const place = slot * groups.parts + part;
    groups.need[place] = need;
    if (groups.got[place]! >= need) return;
    for (const i of this.#ofPart[part]!) if (i < groups.coded && this.#code.tasks[i]!.query < 0) this.#send(slot, i);
  }

  /** No further query joins a group: those of parts without tasks of their own are computed alone. */
  #close(slot: number): void {
    const { groups } = this;
    if (this.#collecting === slot) this.#collecting = -1;
    if (groups.closed[slot]) return;
    groups.closed[slot] = 1;
    for (let query = 0; query < groups.size[slot]!; query++) {
      const { queries } = this.#code.parts[this.#partOf[query]!]!;
      if (queries.at(-1)! < groups.size[slot]!) continue;
      if (this.#ofQuery[query]!.length === 1) this.#send(slot, groups.coded + query);
    }
    this.#finishWhenDone(slot);
  }

  #send(slot: number, index: number, besides = -1): void {
    const { groups, queues } = this;
    const task = slot * groups.tasks + index;
    const pool = index < groups.coded ? this.#code.tasks[index]!.pool : 0;
    this.#sent++;
    groups.left[slot]!++;
    if (!queues.own) {
      const idle = queues.takeIdle(pool);
      if (idle >= 0) this.#start(idle, task);
      else {
        groups.state[task] = taskStates.queued;
        queues.push(groups, pool, task);
      }
      return;
    }
    const worker = besides < 0 ? queues.inTurn(pool) : queues.leastLoaded(pool, besides);
    groups.worker[task] = worker;
    queues.load[worker]!++;
    if (this.#hedge && index < groups.coded) this.#watchTask(slot, index, task);
    if (this.#taskOf[worker]! < 0 && !queues.resting[worker]) this.#start(worker, task);
    else {
      groups.state[task] = taskStates.queued;
      queues.push(groups, worker, task);
    }
  }

  #start(worker: number, task: number): void {
    const { groups, queues } = this;
    const slot = Math.floor(task / groups.tasks);
    const index = task - slot * groups.tasks;
    groups.state[task] = taskStates.running;
    groups.worker[task] = worker;
    this.#taskOf[worker] = task;
    this.#since[worker] = this.#clock.now;
    this.tasks++;
    if (this.#hedge && !queues.own && index < groups.coded) this.#watchTask(slot, index, task);
    this.#clock.start(worker, slot, groups.group[slot]!, index);
  }

  #watchTask(slot: number, index: number, task: number): void {
    const delay = this.#hedge!.delay();
    if (delay !== undefined && this.#code.tasks[index]!.query >= 0)
      this.#clock.wake(this.#clock.now + delay, timers.hedge, task, this.groups.group[slot]!);
  }

  /** Sends a second copy of a task that has not come. */
  #copy(slot: number, task: number): void {
    const { groups } = this;
    const { query } = this.#code.tasks[task - slot * groups.tasks]!;
    const spare = groups.coded + query;
    if (groups.answered[slot * groups.K + query] || groups.state[slot * groups.tasks + spare] !== taskStates.none)
      return;
    if (this.copies + 1 > this.#deployment.hedge!.budget * (this.#sent + 1)) return;
    this.copies++;
    this.#send(slot, spare, groups.worker[task]!);
  }

  /** What an answer does for its group. */
  #take(task: number): void {
    const { groups } = this;
    const slot = Math.floor(task / groups.tasks);
    const index = task - slot * groups.tasks;
    const query = index < groups.coded ? this.#code.tasks[index]!.query : index - groups.coded;
    const part = query < 0 ? this.#code.tasks[index]!.part : this.#partOf[query]!;
    const place = slot * groups.parts + part;
    const isNews = groups.open[slot]! > 0 && (query < 0 || !groups.answered[slot * groups.K + query]);
    if (isNews) {
      const enough = ++groups.got[place]! >= groups.need[place]!;
      if (query >= 0) this.#answer(slot, query, false);
      if (enough) this.#answerPart(slot, part);
      this.#finishWhenDone(slot);
    }
    this.#ended(slot);
  }

  #answer(slot: number, query: number, late: boolean): void {
    const { groups } = this;
    groups.answered[slot * groups.K + query] = 1;
    groups.open[slot]!--;
    if (this.#copied) for (const i of this.#ofQuery[query]!) this.#drop(slot, i);
    if (this.#deployment.wait !== undefined)
      this.#listener.answered(groups.request[slot * groups.K + query]!, late, slot, query);
  }

  #answerPart(slot: number, part: number): void {
    const { groups } = this;
    for (const query of this.#code.parts[part]!.queries)
      if (query < groups.size[slot]! && !groups.answered[slot * groups.K + query]) this.#answer(slot, query, false);
    for (const i of this.#ofPart[part]!) this.#drop(slot, i);
  }

  #finishWhenDone(slot: number): void {
    const { groups } = this;
    if (groups.open[slot] === 0 && groups.closed[slot] && groups.size[slot]! > 0) this.#finish(slot, false);
  }

  #finish(slot: number, late: boolean): void {
    const { groups } = this;
    if (this.#deployment.wait === undefined) this.#listener.answered(groups.request[slot * groups.K]!, late, slot, 0);
    this.#listener.finished(slot, groups.group[slot]!, late);
    groups.size[slot] = 0;
    if (groups.left[slot] === 0) groups.release(slot);
  }

  /** What came has to do for a group. */
  #cutOff(slot: number): void {
    const { groups } = this;
    if (groups.size[slot] === 0) return;
    if (this.#collecting === slot) this.#collecting = -1;
    groups.closed[slot] = 1;
    const late = groups.open[slot]! > 0;
    for (let query = 0; query < groups.size[slot]!; query++)
      if (!groups.answered[slot * groups.K + query]) this.#answer(slot, query, true);
    for (let i = 0; i < groups.tasks; i++) this.#drop(slot, i);
    this.#finish(slot, late);
  }

  /** A task is not needed any more. */
  #drop(slot: number, index: number): void {
    const { groups, queues } = this;
    const { cancel } = this.#deployment;
    const task = slot * groups.tasks + index;
    if (groups.state[task] === taskStates.queued && cancel !== 'none') {
      groups.state[task] = taskStates.ended;
      if (queues.own) queues.load[groups.worker[task]!]!--;
    } else if (groups.state[task] === taskStates.running && cancel === 'running') {
      groups.state[task] = taskStates.ended;
      this.#clock.abort(groups.worker[task]!);
    }
  }

  /** A worker's task ends. @returns it */
  #end(worker: number, state: number): number {
    const { groups, queues } = this;
    const task = this.#taskOf[worker]!;
    this.#taskOf[worker] = -1;
    groups.state[task] = state;
    if (queues.own) queues.load[worker]!--;
    const slot = Math.floor(task / groups.tasks);
    groups.left[slot]!--;
    this.#listener.worked(groups.group[slot]!, this.#since[worker]!, this.#clock.now);
    return task;
  }

  /** Gives a free worker its next task. */
  #goOn(worker: number): void {
    const { groups, queues } = this;
    for (;;) {
      const task = queues.shift(groups, worker);
      if (task < 0) break;
      if (groups.state[task] === taskStates.queued) {
        this.#start(worker, task);
        return;
      }
      const slot = Math.floor(task / groups.tasks);
      groups.left[slot]!--;
      this.#ended(slot);
    }
    if (!queues.own) queues.addIdle(worker);
  }

  /** Lets go of a group whose last task has ended; one that can get no answer any more is cut off. */
  #ended(slot: number): void {
    const { groups } = this;
    if (groups.left[slot]! > 0 || groups.group[slot]! < 0) return;
    if (groups.open[slot] === 0 && groups.size[slot] === 0) groups.release(slot);
    else if (groups.closed[slot] && groups.open[slot]! > 0) this.#cutOff(slot);
  }
}
