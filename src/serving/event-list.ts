/**
 * What a simulated clock has before it: events by time. At equal times answers come before timers (an answer at the deadline is
 * in time), and then those that were scheduled first. A 4-ary heap on typed arrays.
 */
export class EventList {
  #times = new Float64Array(64);
  /** Breaks ties: kind, then order of scheduling. */
  #ranks = new Float64Array(64);
  #events = new Int32Array(64);
  #size = 0;
  #scheduled = 0;
  // events by number, those in no use as a list
  #kinds = new Uint8Array(64);
  #ids = new Int32Array(64);
  #stamps = new Int32Array(64);
  #free: number[] = [];
  #made = 0;

  get size(): number {
    return this.#size;
  }

  /** Time of the next event; Infinity when there is none. */
  get time(): number {
    return this.#size > 0 ? this.#times[0]! : Number.POSITIVE_INFINITY;
  }

  /** @param kind the smaller, the earlier at equal times. @param stamp tells an event of its `id` from earlier ones */
  schedule(time: number, kind: number, id: number, stamp: number): void {
    const event = this.#free.pop() ?? this.#made++;
    if (event >= this.#kinds.length || this.#size >= this.#times.length) this.#grow();
    this.#kinds[event] = kind;
    this.#ids[event] = id;
    this.#stamps[event] = stamp;
    this.#rise(this.#size++, time, kind * 2 ** 50 + this.#scheduled++, event);
  }

  /** Takes the next event out; `kindOf`, `idOf` and `stampOf` hold until the next `schedule`. */
  take(): number {
    const event = this.#events[0]!;
    const last = --this.#size;
    if (last > 0) this.#sink(this.#times[last]!, this.#ranks[last]!, this.#events[last]!);
    this.#free.push(event);
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

  #rise(from: number, time: number, rank: number, event: number): void {
    const [times, ranks, events] = [this.#times, this.#ranks, this.#events];
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 2;
      const before = times[parent]!;
      if (before < time || (before === time && ranks[parent]! < rank)) break;
      times[place] = before;
      ranks[place] = ranks[parent]!;
      events[place] = events[parent]!;
      place = parent;
    }
    times[place] = time;
    ranks[place] = rank;
    events[place] = event;
  }

  #sink(time: number, rank: number, event: number): void {
    const [times, ranks, events, size] = [this.#times, this.#ranks, this.#events, this.#size];
    let place = 0;
    for (;;) {
      const first = 4 * place + 1;
      if (first >= size) break;
      let child = first;
      const end = Math.min(first + 4, size);
      for (let other = first + 1; other < end; other++) {
        const [a, b] = [times[other]!, times[child]!];
        if (a < b || (a === b && ranks[other]! < ranks[child]!)) child = other;
      }
      const below = times[child]!;
      if (time < below || (time === below && rank < ranks[child]!)) break;
      times[place] = below;
      ranks[place] = ranks[child]!;
      events[place] = events[child]!;
      place = child;
    }
    times[place] = time;
    ranks[place] = rank;
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
  }
}

/** A copy of an array with room for more, zeros behind. */
export function grown<T extends Float64Array | Int32Array | Uint8Array>(array: T, length: number): T {
  const Constructor = array.constructor as new (length: number) => T;
  const copy = new Constructor(length);
  copy.set(array);
  return copy;
}
