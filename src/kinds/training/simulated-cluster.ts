import { multiplyVector, type PrimeField } from '../../math/finite-field.ts';
import { type Matrix, matrix } from '../../math/matrix.ts';
import { randomStream } from '../../util/random.ts';
import { drawLatency, type Latency } from '../../workers/latencies/registry.ts';
import {
  type Activity,
  type Answer,
  type Cluster,
  type Copy,
  emptyLedger,
  type Faults,
  type Ledger,
  lie,
} from './cluster.ts';

/** What things take on the simulated machines. */
export interface Costs {
  /** Nanoseconds of a product of two field elements in a worker's matrix-vector product. */
  readonly workerProduct: number;
  /** The same for the master: encoding, keys, verification, decoding. */
  readonly masterProduct: number;
  /** Nanoseconds of a sigmoid with its rounding. */
  readonly sigmoid: number;
}

export interface SimulatedNetwork {
  /** Time from the master's sending to the worker's starting plus from its finishing to the answer's arriving, without the transfer. */
  readonly latency: Latency;
  /** Of the master's own link, each way, in megabits per second: it sends to and receives from one worker at a time. */
  readonly bandwidth: number;
}

const bytesPerElement = 4;

interface Pending {
  readonly worker: number;
  readonly arrival: number;
  readonly computeSeconds: number;
}

/**
 * A discrete-event simulation of a master and its workers: products are really computed (when their answer is taken), but time
 * is what the cost table, the network and the latencies say. Equal keys give equal latencies, whatever the scheme does.
 * @param key what the latencies are drawn from, such as `[seed, trial]`
 */
export function simulatedCluster(
  field: PrimeField,
  costs: Costs,
  network: SimulatedNetwork,
  key: readonly (string | number)[],
): Cluster {
  const secondsPerByte = 8 / (network.bandwidth * 1e6);
  let now = 0;
  let ledger = emptyLedger();
  let faults: Faults = { stragglers: new Set(), slowdown: 1, liars: new Set(), attack: undefined };
  let round = 0;
  let linkFree = 0;
  let posted: { copy: Copy; x: Float64Array } | undefined;
  let pending: Pending[] = [];
  const shares: Map<number, Matrix>[] = [new Map(), new Map()];

  const spend = (activity: Activity, seconds: number) => {
    now += seconds;
    ledger[activity] += seconds;
  };

  return {
    now: () => now,
    work(activity, work, task) {
      const result = task();
      const { products = 0, sigmoids = 0 } = typeof work === 'function' ? work(result) : work;
      spend(activity, (products * costs.masterProduct + sigmoids * costs.sigmoid) * 1e-9);
      return result;
    },
    async distribute(copy, workers, all, rows, columns) {
      shares[copy]!.clear();
      for (const [i, worker] of workers.entries())
        shares[copy]!.set(worker, matrix(rows, columns, all.data.subarray(i * all.columns, (i + 1) * all.columns)));
      spend('recode', workers.length * rows * columns * bytesPerElement * secondsPerByte);
    },
    setFaults(next) {
      faults = next;
    },
    post(copy, workers, x) {
      round++;
      posted = { copy, x };
      linkFree = now;
      const transfer = x.length * bytesPerElement * secondsPerByte;
      pending = workers.map((worker, i) => {
        const share = shares[copy]!.get(worker)!;
        const computeSeconds = share.rows * share.columns * costs.workerProduct * 1e-9;
        const slow = faults.stragglers.has(worker) ? faults.slowdown : 1;
        const latency = drawLatency(network.latency, randomStream(...key, 'latency', round, worker));
        return { worker, computeSeconds, arrival: now + (i + 1) * transfer + latency + computeSeconds * slow };
      });
      pending.sort((a, b) => b.arrival - a.arrival || b.worker - a.worker); // the next one last
    },
    async next(): Promise<Answer> {
      const { worker, arrival, computeSeconds } = pending.pop()!;
      const { copy, x } = posted!;
      const share = shares[copy]!.get(worker)!;
      linkFree = Math.max(linkFree, arrival) + share.rows * bytesPerElement * secondsPerByte;
      // the answer may have come while the master was busy with another one
      if (linkFree > now) spend('wait', linkFree - now);
      const values = multiplyVector(field, share, x);
      const lies = faults.attack && faults.liars.has(worker);
      return { worker, computeSeconds, received: linkFree, values: lies ? lie(field, values, faults.attack!) : values };
    },
    attribute(computeSeconds) {
      const moved = Math.min(computeSeconds, ledger.wait);
      ledger.wait -= moved;
      ledger.compute += moved;
    },
    takeLedger(): Ledger {
      const taken = ledger;
      ledger = emptyLedger();
      return taken;
    },
    async close() {},
  };
}
