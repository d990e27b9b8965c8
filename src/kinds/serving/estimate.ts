import { shardUnits } from '../../runs/experiment.ts';
import { meanService } from '../../serving/load.ts';
import { seconds } from '../../util/clock.ts';
import { formatDuration } from '../../util/units.ts';
import type { Estimate, EstimateContext, RunContext } from '../kind.ts';
import { servingCells, servingUnits } from './cells.ts';
import type { ServingConfig } from './config.ts';
import { open } from './unit.ts';

/** How long to measure for, in seconds; one unit at least. */
const calibrationSeconds = 2;

/** What `run --dry-run` says of a serving experiment. */
export async function estimateServing(
  config: ServingConfig,
  { folder, jobs, shard }: RunContext & EstimateContext,
): Promise<Estimate> {
  const cells = servingCells(config);
  const all = servingUnits(cells, config.trials).map(({ id }) => id);
  const units = shardUnits(all, shard);
  const opening = seconds();
  const real = config.clock && realSeconds(config, units.length / all.length);
  if (real !== undefined)
    return {
      json: {
        experiment: config.name,
        cells: cells.length,
        trials: config.trials,
        runs: units.length,
        seconds: real,
        jobs,
      },
      lines: [
        ['experiment', config.name],
        ['load points and schemes', cells.length],
        ['trials', config.trials],
        ['requests', units.length * config.load.requests],
        ['time', `at least ${formatDuration(real)}: real servers, one run after the other`],
      ],
    };
  const runner = await open({ config, folder });
  const start = seconds();
  let measured = 0;
  while (measured < units.length && (measured === 0 || seconds() - start < calibrationSeconds))
    await runner.run(units[measured++]!);
  const each = measured === 0 ? 0 : (seconds() - start) / measured;
  await runner.close();
  const facts = {
    experiment: config.name,
    cells: cells.length,
    trials: config.trials,
    runs: units.length,
    requests: units.length * config.load.requests,
    seconds: start - opening + Math.ceil(units.length / jobs) * each,
  };
  return {
    json: { ...facts, jobs },
    lines: [
      ['experiment', facts.experiment],
      ['load points and schemes', facts.cells],
      ['trials', facts.trials],
      ['requests', facts.requests],
      ['time', `about ${formatDuration(facts.seconds)} with ${jobs} jobs (from ${measured} runs just measured)`],
    ],
  };
}

/** Seconds that the arrivals of a run on a real clock take alone. @param share of the units */
export function realSeconds(config: ServingConfig, share = 1): number {
  const { load, trials, clock } = config;
  const seconds = servingCells(config).reduce((sum, { rate }) => sum + load.requests / rate, 0);
  return share * trials * seconds * (clock?.dilation ?? 1);
}

/** Loads that no queue can settle under, even without redundancy, a line each. */
export function overloads(config: ServingConfig): string[] {
  if (!config.service) return [];
  const mean = meanService(config.service);
  const points = new Map(servingCells(config).map(({ rate, workers }) => [`${rate}/${workers}`, { rate, workers }]));
  return [...points.values()].flatMap(({ rate, workers }) => {
    const share = (rate * config.load.queries * mean) / workers;
    if (share < 1) return [];
    return [
      `rate ${rate}: uncoded queries alone are ${Math.round(100 * share)} % of what ${workers} workers can do; the queue grows without end`,
    ];
  });
}
