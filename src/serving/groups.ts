import type { Code } from './code.ts';
import { grown } from './event-list.ts';

/** What has become of a task. */
export const taskStates = { none: 0, queued: 1, running: 2, came: 3, ended: 4 } as const;

/** More than any part can get. */
const never = 0x7fff_ffff;

/**
 * The groups under way, each in a slot that is used again when all its tasks have ended: memory follows what is under way and
 * not what was served. Task number `slot * tasks + i` is task `i` of the code; behind those of the code every query has a
 * *spare*, a task that computes it alone: a hedged copy, or what a query gets whose group stays small.
 */
export class Groups {
  readonly K: number;
  /** Tasks of the code. */
  readonly coded: number;
  /** Tasks of a slot, spares included. */
  readonly tasks: number;
  readonly parts: number;

  /** By slot: number of the group, in the order of their first queries. */
  group: Int32Array;
  /** Queries so far. */
  size: Int32Array;
  /** Queries that have no answer yet. */
  open: Int32Array;
  /** Tasks that have not ended. */
  left: Int32Array;
  /** 1 when no further query joins. */
  closed: Uint8Array;
  /** By slot and part: queries answered by their own plus joint answers, and how many of those are enough. */
  got: Int32Array;
  need: Int32Array;
  /** By slot and query: 1 when it is answered; the request it belongs to. */
  answered: Uint8Array;
  request: Int32Array;
  /** By task. */
  state: Uint8Array;
  worker: Int32Array;
  next: Int32Array;

  #free: number[] = [];
  #made = 0;
  #room = 8;
  #groups = 0;

  constructor({ K, tasks, parts }: Code) {
    this.K = K;
    this.coded = tasks.length;
    this.tasks = tasks.length + K;
    this.parts = parts.length;
    const room = this.#room;
    this.group = new Int32Array(room);
    this.size = new Int32Array(room);
    this.open = new Int32Array(room);
    this.left = new Int32Array(room);
    this.closed = new Uint8Array(room);
    this.got = new Int32Array(room * this.parts);
    this.need = new Int32Array(room * this.parts);
    this.answered = new Uint8Array(room * K);
    this.request = new Int32Array(room * K);
    this.state = new Uint8Array(room * this.tasks);
    this.worker = new Int32Array(room * this.tasks);
    this.next = new Int32Array(room * this.tasks);
  }

  /** Slots in use. */
  get underWay(): number {
    return this.#made - this.#free.length;
  }

  /** A slot for a new group. */
  take(): number {
    const slot = this.#free.pop() ?? this.#made++;
    if (slot >= this.#room) this.#grow();
    this.group[slot] = this.#groups++;
    this.size[slot] = 0;
    this.open[slot] = 0;
    this.left[slot] = 0;
    this.closed[slot] = 0;
    // so short that loops are faster than `fill`
    const { got, need, answered, state } = this;
    for (let i = slot * this.parts, end = i + this.parts; i < end; i++) {
      got[i] = 0;
      need[i] = never;
    }
    for (let i = slot * this.K, end = i + this.K; i < end; i++) answered[i] = 0;
    for (let i = slot * this.tasks, end = i + this.tasks; i < end; i++) state[i] = taskStates.none;
    return slot;
  }

  release(slot: number): void {
    this.group[slot] = -1;
    this.#free.push(slot);
  }

  #grow(): void {
    this.#room *= 2;
    const { K, parts, tasks } = this;
    const room = this.#room;
    this.group = grown(this.group, room);
    this.size = grown(this.size, room);
    this.open = grown(this.open, room);
    this.left = grown(this.left, room);
    this.closed = grown(this.closed, room);
    this.got = grown(this.got, room * parts);
    this.need = grown(this.need, room * parts);
    this.answered = grown(this.answered, room * K);
    this.request = grown(this.request, room * K);
    this.state = grown(this.state, room * tasks);
    this.worker = grown(this.worker, room * tasks);
    this.next = grown(this.next, room * tasks);
  }
}
