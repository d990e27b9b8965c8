/** Place of the first event: the children of place `p` then begin at a multiple of four, and stand in one line of the cache. */
const root = 3;

/**
 * What a simulated clock has before it: events by time. At equal times answers come before timers (an answer at the deadline is
 * in time), and then those that were scheduled first. A 4-ary heap on typed arrays. An event that was taken leaves a hole at the
 * top, which the next one to be scheduled fills: most ends of tasks begin another.
 */
export class EventList {
  #times = new Float64Array(64);
  /** Number of the event at each place. */
  #events = new Int32Array(64);
  #end = root;
  #hole = false;
  #scheduled = 0;
  // events by number, those in no use as a list
  /** Breaks ties: kind, then order of scheduling. */
  #ranks = new Float64Array(64);
  #kinds = new Uint8Array(64);
  #ids = new Int32Array(64);
  #stamps = new Int32Array(64);
  #free = new Int32Array(64);
  #freed = 0;
  #made = 0;

  get size(): number {
    return this.#end - root - (this.#hole ? 1 : 0);
  }

  /** Time of the next event; Infinity when there is none. */
  get time(): number {
    if (this.#hole) this.#close();
    return this.#end > root ? this.#times[root]! : Number.POSITIVE_INFINITY;
  }

  /** @param kind the smaller, the earlier at equal times. @param stamp tells an event of its `id` from earlier ones */
  schedule(time: number, kind: number, id: number, stamp: number): void {
    const event = this.#freed > 0 ? this.#free[--this.#freed]! : this.#made++;
    if (event >= this.#kinds.length || this.#end >= this.#times.length) this.#grow();
    this.#kinds[event] = kind;
    this.#ids[event] = id;
    this.#stamps[event] = stamp;
    const rank = kind * 2 ** 50 + this.#scheduled++;
    this.#ranks[event] = rank;
    if (this.#hole) {
      this.#hole = false;
      this.#sink(time, rank, event);
    } else this.#rise(this.#end++, time, rank, event);
  }

  /** Takes the next event out; `kindOf`, `idOf` and `stampOf` hold until the next `schedule`. */
  take(): number {
    if (this.#hole) this.#close();
    this.#hole = true;
    const event = this.#events[root]!;
    this.#free[this.#freed++] = event;
    return event;
  }

  kindOf(event: number): number {
    return this.#kinds[event]!;
  }

  idOf(event: number): number {
    return this.#ids[event]!;
  }

  stampOf(event: number): number {
    return this.#stamps[event]!;
  }

  /** Fills the hole with the last event. */
  #close(): void {
    this.#hole = false;
    const last = --this.#end;
    if (last === root) return;
    const event = this.#events[last]!;
    this.#sink(this.#times[last]!, this.#ranks[event]!, event);
  }

  #rise(from: number, time: number, rank: number, event: number): void {
    const [times, events] = [this.#times, this.#events];
    let place = from;
    while (place > root) {
      const parent = (place >> 2) + 2;
      const before = times[parent]!;
      if (before < time || (before === time && this.#ranks[events[parent]!]! < rank)) break;
      times[place] = before;
      events[place] = events[parent]!;
      place = parent;
    }
    times[place] = time;
    events[place] = event;
  }

  #sink(time: number, rank: number, event: number): void {
    const [times, events, ranks, end] = [this.#times, this.#events, this.#ranks, this.#end];
    let place = root;
    for (;;) {
      const first = (place - 2) << 2;
      if (first >= end) break;
      let child = first;
      let least = times[first]!;
      const last = first + 4 < end ? first + 4 : end;
      for (let other = first + 1; other < last; other++) {
        const its = times[other]!;
        if (its < least || (its === least && ranks[events[other]!]! < ranks[events[child]!]!)) {
          child = other;
          least = its;
        }
      }
      if (time < least || (time === least && rank < ranks[events[child]!]!)) break;
      times[place] = least;
      events[place] = events[child]!;
      place = child;
    }
    times[place] = time;
    events[place] = event;
  }

  #grow(): void {
    const length = 2 * this.#kinds.length;
    this.#times = grown(this.#times, length);
    this.#ranks = grown(this.#ranks, length);
    this.#events = grown(this.#events, length);
    this.#kinds = grown(this.#kinds, length);
    this.#ids = grown(this.#ids, length);
    this.#stamps = grown(this.#stamps, length);
    this.#free = grown(this.#free, length);
  }
}

/** A copy of an array with room for more, zeros behind. */
export function grown<T extends Float64Array | Int32Array | Uint8Array>(array: T, length: number): T {
  const Constructor = array.constructor as new (length: number) => T;
  const copy = new Constructor(length);
  copy.set(array);
  return copy;
}
