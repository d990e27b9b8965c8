import type { Model } from '../../models/model.ts';
import type { Deployed } from '../../serving/deployed.ts';
import { serveLive } from '../../serving/live.ts';
import { arrivalTimes, serviceTimes } from '../../serving/load.ts';
import { type LiveServers, openEndpoints, startLocalServers } from '../../serving/servers.ts';
import { UserError } from '../../util/errors.ts';
import { randomStream } from '../../util/random.ts';
import type { AnswerSource } from './answer-source.ts';
import type { ServingCell } from './cells.ts';
import type { LiveClockConfig, ServingConfig } from './config.ts';
import type { LiveMeasures } from './measures.ts';
import { recorder, type ServingRecord } from './recorder.ts';
import { deploymentOf, samplesOf } from './run.ts';

/** Seconds of the load's time without an answer after which a task has failed. */
const patience = 30;

/**
 * Requests that each server answers before a load point, and seconds after which three are enough: the first ones take several
 * times as long, there and here.
 */
const warmUp = { requests: 50, fewest: 3, seconds: 2 };

/**
 * The servers of a config's clock. Addresses that cannot be used are known at once; local ones start when a load point needs them.
 * @throws UserError for a server of another model's shape, EnvironmentError for one that does not answer
 */
export async function openServers(
  { endpoints, dilation }: { readonly endpoints: readonly string[] | undefined; readonly dilation: number },
  spec: Parameters<typeof startLocalServers>[0],
  model: Model,
): Promise<LiveServers> {
  const timeout = patience * dilation;
  if (!endpoints) return startLocalServers(spec, timeout);
  const servers = await openEndpoints(endpoints, timeout);
  for (const { url, inputShape, outputs } of servers.remotes) {
    if (outputs === model.outputs && String(inputShape) === String(model.inputShape)) continue;
    await servers.close();
    throw new UserError(
      `clock: ${url} takes points [${inputShape}] and answers ${outputs} numbers; model ${model.name} [${model.inputShape}] and ${model.outputs}`,
    );
  }
  return servers;
}

interface LiveCell {
  readonly config: ServingConfig;
  readonly clock: LiveClockConfig;
  readonly cell: ServingCell;
  readonly deployed: Deployed;
  readonly trial: number;
  readonly source: AnswerSource;
  readonly servers: LiveServers;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A run of a load point on a real clock: the same arrivals and, where servers are told how long to take, the same service times as on the
 * simulated one. What the tasks compute on is encoded before.
 */
export async function liveCell(given: LiveCell): Promise<{ record: ServingRecord; live: LiveMeasures }> {
  const { config, clock, cell, deployed, trial, source, servers, signal } = given;
  const { load } = config;
  const keys = [config.seed, 'serving', trial];
  const arrivals = arrivalTimes(load.arrivals, cell.rate, load.requests, randomStream(...keys, 'arrivals'));
  const service = config.service && serviceTimes(config.service, config.slow, cell.workers, keys);
  const samples = samplesOf(config, deployed);
  const points = await pointsOf(deployed, source, trial, samples);
  const remotes = await servers.of(deployed.pools, deployed.models);
  await warmedUp(remotes, points[0]![0]!);

  const received = new Map<number, Map<number, Float32Array>>();
  const books = recorder({
    deployed,
    arrivals,
    warmup: load.warmup,
    samples,
    live: { queriesOf: (group) => group % samples, answersOf: (slot) => received.get(slot) ?? new Map() },
  });
  const options = {
    remotes,
    dilation: clock.dilation,
    signal,
    point: (group: number, index: number) => points[group % samples]![index]!,
    answer(slot: number, index: number, values: Float32Array) {
      const ofGroup = received.get(slot);
      if (ofGroup) ofGroup.set(index, values);
      else received.set(slot, new Map([[index, values]]));
    },
  };
  const run = await serveLive(
    deployed.code,
    deploymentOf(config, cell, deployed),
    { arrivals, service },
    options,
    (time, dispatcher) => {
      const listener = books.listener(time, dispatcher, load.queries < config.K);
      return {
        ...listener,
        finished(slot, group, late) {
          listener.finished(slot, group, late);
          received.delete(slot);
        },
      };
    },
  );
  return { record: books.record(), live: { overheads: run.overheads, failed: run.failures / Math.max(1, run.tasks) } };
}

async function warmedUp(remotes: LiveServers['remotes'], point: Float32Array): Promise<void> {
  const end = performance.now() + 1000 * warmUp.seconds;
  for (let i = 0; i < warmUp.requests && (i < warmUp.fewest || performance.now() < end); i++)
    await Promise.allSettled(remotes.map((remote) => remote.infer(point, 1)));
}

/** What each task computes on, spares included, for each of the real groups of queries: [groups][tasks + K], of D numbers. */
async function pointsOf(
  { code, parts }: Deployed,
  source: AnswerSource,
  trial: number,
  groups: number,
): Promise<readonly (readonly Float32Array[])[]> {
  const batches = source.K / code.K;
  const all: Float32Array[][] = [];
  for (let group = 0; group < groups; group++) {
    const drawn = await source.batch(trial, Math.floor(group / batches), (group % batches) * code.K, code.K);
    const points: Float32Array[] = [];
    for (const { codec, firstQuery, tasks } of parts) {
      const coded = await drawn.points(codec.encoder, firstQuery);
      tasks.forEach((task, worker) => {
        points[task] = coded[worker]!;
      });
    }
    for (let query = 0; query < code.K; query++) points.push(drawn.query(query));
    all.push(points);
  }
  return all;
}
