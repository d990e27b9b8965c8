import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Code, copiesCode, jointCode, parityCode } from '../../src/serving/code.ts';
import type { Deployment } from '../../src/serving/deployment.ts';
import { simulate } from '../../src/serving/simulate.ts';

/** Made by scripts/golden/serving.py: another simulation of the same draws, without an event list. */
const { settings } = JSON.parse(readFileSync(new URL('../golden/serving.json', import.meta.url), 'utf8')) as {
  settings: {
    name: string;
    arrivals: number[];
    service: number[][];
    latencies: number[];
    need?: number;
    sizes?: number[];
    queries?: number[];
    cost?: number;
  }[];
};

const shared: Deployment = { pools: [13], dispatch: 'shared', cancel: 'queued' };

function deploymentOf({ need, sizes, queries }: (typeof settings)[number]): [Code, Deployment] {
  if (need) return [jointCode(10, 13, need), shared];
  if (sizes) return [parityCode(sizes, [1, 1, 1]), { ...shared, pools: [10, 3] }];
  return [copiesCode(10, queries!), { ...shared, dispatch: 'own', cancel: 'running' }];
}

describe('an independent simulation', () => {
  it.each(settings)('$name: every latency is the same double', (setting) => {
    const { arrivals, service, latencies, cost = 0 } = setting;
    const [code, deployment] = deploymentOf(setting);
    const ours = new Float64Array(arrivals.length);
    const load = {
      arrivals: Float64Array.from(arrivals),
      service: (group: number, index: number) => service[group]![index]!,
      abortCost: cost,
    };
    simulate(code, deployment, load, (clock) => ({
      answered(request) {
        ours[request] = clock.now - arrivals[request]!;
      },
      finished() {},
      worked() {},
    }));
    expect([...ours]).toEqual(latencies);
    expect(Math.max(...latencies)).toBeGreaterThan(3 * Math.min(...latencies)); // there was a queue
  });
});
