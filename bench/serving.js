// The simulator of kind: serving: events a second of processor time with few and with many workers, and memory by events.
//
// Loads are those of the experiments: Poisson arrivals, exponential service times, groups of ten queries on thirteen tasks of which twelve are
// waited for. With 100,000 workers the load is as many times higher, so that 70 % of them are busy.
import { jointCode } from '../dist/serving/code.js';
import { arrivalTimes, serviceTimes } from '../dist/serving/load.js';
import { simulate } from '../dist/serving/simulate.js';
import { randomStream } from '../dist/util/random.js';

const listener = () => ({ answered() {}, finished() {}, worked() {} });
const code = jointCode(10, 13, 12);

/**
 * @param {number} workers
 * @param {number} requests
 */
function measure(workers, requests) {
  const rate = (0.7 * workers) / 13 / 0.02;
  const arrivals = arrivalTimes('poisson', rate, requests, randomStream(1, 'bench'));
  const service = serviceTimes({ exponential: { mean: 0.02 } }, undefined, workers, [1]);
  const deployment = /** @type {const} */ ({ pools: [workers], dispatch: 'shared', cancel: 'queued' });
  const before = process.cpuUsage();
  const { events } = simulate(code, deployment, { arrivals, service }, listener);
  const { user, system } = process.cpuUsage(before);
  return { events, seconds: (user + system) / 1e6 };
}

/**
 * @param {string} name
 * @param {number} workers
 * @param {number} requests
 */
function report(name, workers, requests) {
  measure(workers, requests / 10); // warm
  const runs = Array.from({ length: 3 }, () => measure(workers, requests)).map(
    ({ events, seconds }) => events / seconds / 1e6,
  );
  console.log(`${name}: ${Math.max(...runs).toFixed(2)} million events a second of processor time`);
}

report('13 workers', 13, 200_000);
report('100,000 workers', 100_000, 200_000);

// memory follows what is under way, not what was served; the arrivals themselves are 8 bytes a request
for (const requests of [100_000, 400_000, 1_600_000]) {
  const before = process.memoryUsage.rss();
  measure(13, requests);
  const grown = Math.max(0, process.memoryUsage.rss() - before) / 2 ** 20;
  console.log(`${requests} requests: ${grown.toFixed(0)} MB more resident`);
}
