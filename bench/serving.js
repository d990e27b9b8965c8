// The simulator of kind: serving: events a second of processor time with few and with many workers, and memory by events. Half of an event is the
// draw of a service time (Philox and the law), so the loop is measured alone too, with times from a table.
//
// Loads are those of the experiments: Poisson arrivals, exponential service times, groups of ten queries on thirteen tasks of which twelve are
// waited for. With 100,000 workers the load is as many times higher, so that 70 % of them are busy.
import { jointCode } from '../dist/serving/code.js';
import { arrivalTimes, serviceTimes } from '../dist/serving/load.js';
import { simulate } from '../dist/serving/simulate.js';
import { randomStream } from '../dist/util/random.js';

const listener = () => ({ answered() {}, finished() {}, worked() {} });
const code = jointCode(10, 13, 12);

/** @typedef {import('../dist/serving/simulate.js').Load['service']} Service */

/**
 * @param {number} workers
 * @returns {Service}
 */
const drawn = (workers) => serviceTimes({ exponential: { mean: 0.02 } }, undefined, workers, [1]);
const table = Float64Array.from({ length: 2 ** 16 }, (_, i) => drawn(1)(i, 0, 0, 0));
/** @type {Service} */
const looked = (group, index) => table[(13 * group + index) % table.length] ?? 0;

/**
 * @param {number} workers
 * @param {number} requests
 * @param {Service} service
 */
function measure(workers, requests, service) {
  const rate = (0.7 * workers) / 13 / 0.02;
  const arrivals = arrivalTimes('poisson', rate, requests, randomStream(1, 'bench'));
  const deployment = /** @type {const} */ ({ pools: [workers], dispatch: 'shared', cancel: 'queued' });
  const before = process.cpuUsage();
  const { events } = simulate(code, deployment, { arrivals, service }, listener);
  const { user, system } = process.cpuUsage(before);
  return { events, seconds: (user + system) / 1e6 };
}

/**
 * @param {string} name
 * @param {number} workers
 * @param {Service} service
 */
function report(name, workers, service) {
  measure(workers, 20_000, service); // warm
  const runs = Array.from({ length: 5 }, () => measure(workers, 200_000, service))
    .map(({ events, seconds }) => events / seconds / 1e6)
    .sort((a, b) => a - b);
  const [median, best] = [runs[2], runs[4]].map((rate) => rate?.toFixed(2));
  console.log(`${name}: ${median} million events a second of processor time (median of five; best ${best})`);
}

report('13 workers', 13, drawn(13));
report('100,000 workers', 100_000, drawn(100_000));
report('13 workers, the loop alone', 13, looked);

// memory follows what is under way, not what was served; the arrivals themselves are 8 bytes a request
for (const requests of [100_000, 400_000, 1_600_000]) {
  const before = process.memoryUsage.rss();
  measure(13, requests, drawn(13));
  const grown = Math.max(0, process.memoryUsage.rss() - before) / 2 ** 20;
  console.log(`${requests} requests: ${grown.toFixed(0)} MB more resident`);
}
