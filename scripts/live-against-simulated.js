/**
 * The dispatcher on a real clock against the same dispatcher on a simulated one: equal arrivals and service times, model servers in
 * processes of their own, each told how long to take.
 *
 *     npm run build && node scripts/live-against-simulated.js [requests] [dilation] [rate]
 *
 * Prints a line a scheme and law: p50, p95 and p99 of both (ms of the load's time) with 95 % intervals of batch means over five stretches of
 * the requests, and the overhead of a task. With a large dilation the service is mostly sleep, and a busy machine counts for less. Ends with code
 * 1 when a p95 (p99 from 1000 requests on) of both clocks differs by more than their combined interval.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { openRemote } from '../dist/protocol/client.js';
import { jointCode, parityCode, plainCode } from '../dist/serving/code.js';
import { serveLive } from '../dist/serving/live.js';
import { arrivalTimes, serviceTimes } from '../dist/serving/load.js';
import { simulate } from '../dist/serving/simulate.js';
import { randomStream } from '../dist/util/random.js';

const [requests = 175, dilation = 4, rate = 20] = process.argv.slice(2).map(Number);
const launcher = fileURLToPath(new URL('../bin/approxifer.js', import.meta.url));
const children = Array.from({ length: 13 }, () => spawn(process.execPath, [launcher, 'model-server', 'lenet5-mnist']));
const urls = await Promise.all(
  children.map((child) => new Promise((resolve) => child.stdout.once('data', (text) => resolve(String(text).trim())))),
);
const remotes = await Promise.all(urls.map((url) => openRemote(url, { connections: 1 })));
const point = new Float32Array(784);
// the first requests take several times as long, there and here
for (let i = 0; i < 100; i++) await Promise.all(remotes.map((remote) => remote.infer(point, 1)));

/** @typedef {import('../dist/serving/deployment.js').Deployment} Deployment */
/** @type {Deployment} */
const shared = { pools: [13], dispatch: 'shared', cancel: 'queued' };
/** @type {Record<string, [import('../dist/serving/code.js').Code, Deployment]>} */
const schemes = {
  uncoded: [plainCode(10), shared],
  hedged: [plainCode(10), { ...shared, hedge: { after: { seconds: 0.03 }, budget: 0.1 } }],
  parm: [parityCode([4, 3, 3], [1, 1, 1]), { ...shared, pools: [10, 3] }],
  'any 12 of 13': [jointCode(10, 13, 12), shared],
};
const laws = {
  exponential: { shiftedExponential: { shift: 0.01, mean: 0.01 } },
  pareto: { pareto: { scale: 0.012, shape: 2.5 } },
};

const judged = requests < 1000 ? 0.95 : 0.99;
const quantile = (sorted, level) => sorted[Math.max(0, Math.ceil(level * sorted.length) - 1)];
/** A quantile, and half the 95 % interval over five stretches (Student's t with 4 degrees of freedom). */
function estimate(latencies, level) {
  const length = Math.floor(latencies.length / 5);
  const parts = [0, 1, 2, 3, 4].map((i) => quantile(latencies.slice(i * length, (i + 1) * length).sort(), level));
  const mean = parts.reduce((sum, part) => sum + part, 0) / 5;
  const error = Math.sqrt(parts.reduce((sum, part) => sum + (part - mean) ** 2, 0) / 20);
  return { value: 1000 * quantile(latencies.slice().sort(), level), half: 2776 * error };
}
const shown = ({ value, half }) => `${value.toFixed(1)} ± ${half.toFixed(1)}`;

try {
  console.log(`${requests} requests of ten queries, ${rate} a second, ${dilation} times slower`);
  for (const [law, latency] of Object.entries(laws))
    for (const [scheme, [code, deployment]] of Object.entries(schemes)) {
      const arrivals = arrivalTimes('poisson', rate, requests, randomStream(1, 'arrivals'));
      const load = { arrivals, service: serviceTimes(latency, undefined, 13, [1]) };
      const latencies = { simulated: new Float64Array(requests), live: new Float64Array(requests) };
      const into = (target) => (clock) => ({
        answered: (request) => {
          target[request] = clock.now - arrivals[request];
        },
        finished() {},
        worked() {},
      });
      simulate(code, deployment, load, into(latencies.simulated));
      const options = { remotes, dilation, point: () => point };
      const run = await serveLive(code, deployment, load, options, into(latencies.live));
      const both = [0.5, 0.95, 0.99].map((level) => {
        const [live, simulated] = [estimate(latencies.live, level), estimate(latencies.simulated, level)];
        if (level === judged && Math.abs(live.value - simulated.value) > Math.hypot(live.half, simulated.half))
          process.exitCode = 1;
        return `p${100 * level} ${shown(live)} live, ${shown(simulated)} simulated`;
      });
      const overhead = (level) => (1000 * quantile(run.overheads, level)).toFixed(2);
      console.log(
        `${scheme}, ${law}: ${both.join('; ')}; overhead p50 ${overhead(0.5)}, p99 ${overhead(0.99)} ms; failures ${run.failures}`,
      );
    }
} finally {
  await Promise.all(remotes.map((remote) => remote.close()));
  for (const child of children) child.kill();
}
console.log(process.exitCode === 1 ? 'they differ' : `every p${100 * judged} within the combined interval`);
