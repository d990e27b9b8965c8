import type { Hedge } from './hedging.ts';

/** What passes the time, computes and reports back: a simulated clock, or a real one with servers behind it. */
export interface Clock {
  /** Seconds now. */
  readonly now: number;
  /** Begins a task; the dispatcher's `finished` or `failed` is called when it ends. @param index place in the group's tasks */
  start(worker: number, slot: number, group: number, index: number): void;
  /** Ends what a worker does; `freed` is called when it can go on. */
  abort(worker: number): void;
  /** Calls `timer` with these numbers at a time. */
  wake(time: number, kind: number, id: number, group: number): void;
}

/** Told what becomes of requests and workers. */
export interface Listener {
  /**
   * A request has all its answers.
   * @param late some come from a fallback, at the deadline or after failures. @param query its place in its group, where requests are single queries; 0 otherwise
   */
  answered(request: number, late: boolean, slot: number, query: number): void;
  /** A group has all its answers. It can be looked at until this returns. @param late it was cut off before it had enough */
  finished(slot: number, group: number, late: boolean): void;
  /** A worker has worked for a group, in vain or not. */
  worked(group: number, from: number, to: number): void;
}

/** How the workers are used. */
export interface Deployment {
  /** Workers of each pool; those of pool 0 run the base model. */
  readonly pools: readonly number[];
  /** `shared`: a queue a pool; `own`: a queue a worker, tasks go round. */
  readonly dispatch: 'shared' | 'own';
  /** What is ended when it is not needed any more: nothing, tasks that wait, running ones too. */
  readonly cancel: 'none' | 'queued' | 'running';
  /** Seconds after the first query of a group, after which what came has to do. */
  readonly deadline?: number | undefined;
  /** Second copies of what takes long. */
  readonly hedge?: Hedge | undefined;
  /** Requests are single queries, and a group waits so many seconds for its other queries. Absent: a request is a group. */
  readonly wait?: number | undefined;
}
