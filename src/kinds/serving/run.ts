import type { Deployed } from '../../serving/deployed.ts';
import type { Deployment } from '../../serving/deployment.ts';
import { arrivalTimes, serviceTimes } from '../../serving/load.ts';
import { type Load, simulate } from '../../serving/simulate.ts';
import { randomStream } from '../../util/random.ts';
import type { Latency } from '../../workers/latencies/registry.ts';
import type { ServingCell } from './cells.ts';
import type { ServingConfig } from './config.ts';
import { recorder, type ServingRecord } from './recorder.ts';

/** A run of a load point on the simulated clock. Draws are the same for every scheme, need and rate of a trial. */
export function simulateCell(
  config: ServingConfig,
  latency: Latency,
  cell: ServingCell,
  deployed: Deployed,
  trial: number,
): ServingRecord {
  const { load } = config;
  const { requests, warmup } = load;
  const keys = [config.seed, 'serving', trial];
  const arrivals = arrivalTimes(load.arrivals, cell.rate, requests, randomStream(...keys, 'arrivals'));
  const service = serviceTimes(latency, config.slow, cell.workers, keys);
  const single = load.queries < config.K;
  const books = recorder({ deployed, arrivals, warmup, samples: samplesOf(config, deployed) });
  const timing: Load = { arrivals, service, abortCost: config.cancelCost };
  simulate(deployed.code, deploymentOf(config, cell, deployed), timing, (clock, dispatcher) =>
    books.listener(clock, dispatcher, single),
  );
  return books.record();
}

/** Groups whose predictions are looked at: as many as the batches have, and are measured. */
export function samplesOf({ K, load, accuracy }: ServingConfig, { code }: Deployed): number {
  const perBatch = load.queries < K ? K : 1;
  return Math.min(
    accuracy.batches * (K / code.K),
    Math.floor(((load.requests - load.warmup) * (K / code.K)) / perBatch),
  );
}

/** How the workers of a cell are used. */
export function deploymentOf(config: ServingConfig, { entry }: ServingCell, { pools }: Deployed): Deployment {
  const { dispatch, cancel, decode, load, K } = config;
  return {
    pools,
    dispatch,
    cancel,
    deadline: decode.deadline,
    hedge: entry.hedge,
    wait: load.queries < K ? load.wait : undefined,
  };
}
