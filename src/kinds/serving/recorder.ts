import type { Deployed } from '../../serving/deployed.ts';
import type { Listener } from '../../serving/deployment.ts';
import type { Dispatcher } from '../../serving/dispatcher.ts';

/** What a group had when it was finished, for those whose predictions are looked at. */
export interface Snapshot {
  /** Which of the sampled groups. */
  readonly sample: number;
  /** Which of the real groups of queries it had. */
  readonly queries: number;
  /** Queries it had. */
  readonly size: number;
  /** Tasks that had come, spares as the number of tasks plus the query. */
  readonly came: readonly number[];
  /** What they came with, [m] by task, where the workers are real. */
  readonly answers?: ReadonlyMap<number, Float32Array>;
}

/** What one run of a load point came to. */
export interface ServingRecord {
  /** Seconds from scheduled arrival to answer, by measured request; requests of the warm-up are left out. */
  readonly latencies: Float64Array;
  /** Share of measured requests that a fallback answered. */
  readonly cutOff: number;
  /** Busy seconds of tasks begun since the first measured arrival. */
  readonly busy: number;
  /** Such tasks. */
  readonly tasks: number;
  /** Busy time of all workers, over their number times the time, from the first measured arrival to the last. */
  readonly utilisation: number;
  readonly snapshots: readonly Snapshot[];
}

interface Watched {
  readonly deployed: Deployed;
  readonly arrivals: Float64Array;
  readonly warmup: number;
  /** Groups to look at, spread over the measured requests. */
  readonly samples: number;
  /** Of real workers: which queries a group had, and what came for the group in a slot. */
  readonly live?: LiveBooks;
}

interface LiveBooks {
  queriesOf(group: number): number;
  answersOf(slot: number): ReadonlyMap<number, Float32Array>;
}

/** Keeps the books of a run. */
export function recorder({ deployed, arrivals, warmup, samples, live }: Watched) {
  const measured = arrivals.length - warmup;
  const [from, to] = [arrivals[warmup]!, arrivals.at(-1)!];
  const workers = deployed.pools.reduce((sum, count) => sum + count, 0);
  const latencies = new Float64Array(measured);
  const snapshots: Snapshot[] = [];
  const counted = new Set<number>();
  let [cutOff, busy, within, tasks] = [0, 0, 0, 0];
  const { K } = deployed.code;
  const perGroup = (single: boolean) => (single ? K : 1);
  /** Sample number `i` is the group with this request. */
  const sampled = (request: number, size: number): number => {
    const i = Math.ceil(((request - warmup) * samples) / measured - 1e-9);
    const at = warmup + Math.floor((i * measured) / samples);
    return i >= 0 && i < samples && at >= request && at < request + size ? i : -1;
  };

  const listener = (clock: { readonly now: number }, dispatcher: () => Dispatcher, single: boolean): Listener => ({
    answered(request, late) {
      if (request < warmup) return;
      latencies[request - warmup] = clock.now - arrivals[request]!;
      if (late) cutOff++;
    },
    finished(slot, group) {
      const { groups } = dispatcher();
      const request = groups.request[slot * groups.K]!;
      const size = groups.size[slot]!;
      const sample = sampled(request, Math.min(size, perGroup(single)));
      if (sample < 0 || counted.has(sample)) return;
      counted.add(sample);
      const came: number[] = [];
      for (let i = 0; i < groups.tasks; i++) if (dispatcher().came(slot, i)) came.push(i);
      const answers = live && { answers: live.answersOf(slot) };
      snapshots.push({ sample, queries: live?.queriesOf(group) ?? sample, size, came, ...answers });
    },
    worked(_group, began, ended) {
      const [start, end] = [Math.max(began, from), Math.min(ended, to)];
      if (end > start) within += end - start;
      if (began < from) return;
      busy += ended - began;
      tasks++;
    },
  });

  return {
    listener,
    record(): ServingRecord {
      snapshots.sort((a, b) => a.sample - b.sample);
      const utilisation = within / (workers * (to - from));
      return { latencies, cutOff: cutOff / measured, busy, tasks, utilisation, snapshots };
    },
  };
}
