import { type Code, type CodePlaces, codePlaces } from './code.ts';
import type { Clock, Deployment, Listener } from './deployment.ts';
import { Groups, taskStates } from './groups.ts';
import { type HedgeDelay, hedgeDelay } from './hedging.ts';
import { Workers } from './workers.ts';

const timers = { deadline: 1, wait: 2, hedge: 3 } as const;

/**
 * Sends the tasks of groups to workers, decides when a group has enough, drops what is not needed any more. It knows no clock
 * and computes nothing: simulated and live serving differ in their `Clock` alone.
 */
export class Dispatcher {
  readonly groups: Groups;
  /** Second copies sent so far. */
  copies = 0;
  readonly #code: Code;
  readonly #places: CodePlaces;
  readonly #deployment: Deployment;
  readonly #clock: Clock;
  readonly #listener: Listener;
  readonly #workers: Workers;
  readonly #hedge: HedgeDelay | undefined;
  /** Whether a query can have more than one task of its own under way. */
  readonly #copied: boolean;
  /** Whether requests are single queries. */
  readonly #single: boolean;
  /** Slot whose group waits for more queries; -1 when none does. */
  #collecting = -1;

  constructor(code: Code, deployment: Deployment, clock: Clock, listener: Listener) {
    this.#code = code;
    this.#places = codePlaces(code);
    this.#deployment = deployment;
    this.#clock = clock;
    this.#listener = listener;
    this.groups = new Groups(code);
    this.#hedge = deployment.hedge && hedgeDelay(deployment.hedge);
    this.#copied = deployment.hedge !== undefined || this.#places.ofQuery.some((tasks) => tasks.length > 2);
    this.#single = deployment.wait !== undefined;
    this.#workers = new Workers(
      this.groups,
      this.#places,
      deployment,
      clock,
      (group, begun, ended) => listener.worked(group, begun, ended),
      {
        given: (slot, index) => {
          if (this.#hedge) this.#watchTask(slot, index);
        },
        ended: (slot) => this.#ended(slot),
      },
    );
  }

  /** Tasks begun so far. */
  get tasks(): number {
    return this.#workers.begun;
  }

  /** A request of a whole group. */
  arriveWhole(request: number): void {
    const { groups } = this;
    const { parts } = this.#code;
    const slot = groups.take();
    groups.size[slot] = groups.K;
    groups.open[slot] = groups.K;
    groups.closed[slot] = 1;
    groups.request[slot * groups.K] = request;
    for (let part = 0; part < parts.length; part++) groups.need[slot * groups.parts + part] = parts[part]!.need;
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
    for (const i of this.#places.ofQuery[query]!) if (i < groups.coded) this.#send(slot, i);
    const part = this.#partOfQuery(query);
    const { queries, need } = this.#code.parts[part]!;
    if (query === queries.at(-1)) this.#partIsWhole(slot, part, need);
    this.#finishWhenDone(slot);
  }

  /** The answer of a worker has come. */
  finished(worker: number): void {
    const workers = this.#workers;
    const slot = workers.end(worker, taskStates.came);
    this.#hedge?.observe(this.#clock.now - workers.since[worker]!);
    this.#take(slot, workers.indexOf[worker]!);
    workers.goOn(worker);
  }

  /** A worker will not answer. It gets nothing to do before `rested`. */
  failed(worker: number): void {
    const slot = this.#workers.end(worker, taskStates.ended);
    this.#workers.rest(worker);
    this.#ended(slot);
  }

  /** A worker that failed can go on. */
  rested(worker: number): void {
    this.#workers.rested(worker);
  }

  /** A worker whose task was ended can go on. */
  freed(worker: number): void {
    const slot = this.#workers.end(worker, taskStates.ended);
    this.#workers.goOn(worker);
    this.#ended(slot);
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

  #partOfQuery(query: number): number {
    return this.#places.partOf[this.groups.coded + query]!;
  }

  /** All queries of a part are there: its joint tasks can go, unless every query has been answered. */
  #partIsWhole(slot: number, part: number, need: number): void {
    const { groups } = this;
    const place = slot * groups.parts + part;
    groups.need[place] = need;
    if (groups.got[place]! >= need) return;
    for (const i of this.#places.ofPart[part]!) if (this.#places.queryOf[i]! < 0) this.#send(slot, i);
  }

  /** No further query joins a group: those of parts without tasks of their own are computed alone. */
  #close(slot: number): void {
    const { groups } = this;
    if (this.#collecting === slot) this.#collecting = -1;
    if (groups.closed[slot]) return;
    groups.closed[slot] = 1;
    for (let query = 0; query < groups.size[slot]!; query++) {
      const { queries } = this.#code.parts[this.#partOfQuery(query)]!;
      if (queries.at(-1)! < groups.size[slot]!) continue;
      if (this.#places.ofQuery[query]!.length === 1) this.#send(slot, groups.coded + query);
    }
    this.#finishWhenDone(slot);
  }

  #send(slot: number, index: number): void {
    this.#workers.send(slot, index, -1);
  }

  /** A query's own task may be sent a second time. */
  #watchTask(slot: number, index: number): void {
    const { groups } = this;
    if (index >= groups.coded || this.#places.queryOf[index]! < 0) return;
    const delay = this.#hedge!.delay();
    if (delay === undefined) return;
    this.#clock.wake(this.#clock.now + delay, timers.hedge, slot * groups.tasks + index, groups.group[slot]!);
  }

  /** Sends a second copy of a task that has not come. */
  #copy(slot: number, task: number): void {
    const { groups } = this;
    const query = this.#places.queryOf[task - slot * groups.tasks]!;
    const spare = groups.coded + query;
    if (groups.answered[slot * groups.K + query] || groups.state[slot * groups.tasks + spare] !== taskStates.none)
      return;
    if (this.copies + 1 > this.#deployment.hedge!.budget * (this.#workers.sent + 1)) return;
    this.copies++;
    this.#workers.send(slot, spare, groups.worker[task]!);
  }

  /** What an answer does for its group. */
  #take(slot: number, index: number): void {
    const { groups } = this;
    const query = this.#places.queryOf[index]!;
    const part = this.#places.partOf[index]!;
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
    if (this.#copied) for (const i of this.#places.ofQuery[query]!) this.#workers.drop(slot, i);
    if (this.#single) this.#listener.answered(groups.request[slot * groups.K + query]!, late, slot, query);
  }

  #answerPart(slot: number, part: number): void {
    const { groups } = this;
    for (const query of this.#code.parts[part]!.queries)
      if (query < groups.size[slot]! && !groups.answered[slot * groups.K + query]) this.#answer(slot, query, false);
    for (const i of this.#places.ofPart[part]!) this.#workers.drop(slot, i);
  }

  #finishWhenDone(slot: number): void {
    const { groups } = this;
    if (groups.open[slot] === 0 && groups.closed[slot] && groups.size[slot]! > 0) this.#finish(slot, false);
  }

  #finish(slot: number, late: boolean): void {
    const { groups } = this;
    if (!this.#single) this.#listener.answered(groups.request[slot * groups.K]!, late, slot, 0);
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
    for (let i = 0; i < groups.tasks; i++) this.#workers.drop(slot, i);
    this.#finish(slot, late);
  }

  /** Lets go of a group whose last task has ended; one that can get no answer any more is cut off. */
  #ended(slot: number): void {
    const { groups } = this;
    if (groups.left[slot]! > 0 || groups.group[slot]! < 0) return;
    if (groups.open[slot] === 0 && groups.size[slot] === 0) groups.release(slot);
    else if (groups.closed[slot] && groups.open[slot]! > 0) this.#cutOff(slot);
  }
}
