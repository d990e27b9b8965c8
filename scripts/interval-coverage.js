// How often the interval of a ratio of two mean squared errors covers the truth, over runs of few trials of a real loss law.
// node scripts/interval-coverage.js results/runs/losses-lenet5/trials.csv [fewest ...]
// The trials of one long run are cut in blocks, each block a run; the truth is the ratio over all trials of the other half. The least
// number of trials that carry a mean was chosen on the first half (`choose`) and is judged on the second (`judge`).
import { readFileSync } from 'node:fs';
import { fewestCarriers, pairedRatio } from '../dist/results/ratio.js';

const [file, ...given] = process.argv.slice(2);
if (!file) throw new Error('usage: node scripts/interval-coverage.js <trials.csv of a long run> [fewest ...]');
const thresholds = given.length > 0 ? given.map(Number) : [0, 5, fewestCarriers, 15, 30];
const [header = '', ...lines] = readFileSync(file, 'utf8').split('\n');
const column = (/** @type {string} */ name) => header.split(',').indexOf(name);
const [scheme, mse, output, trial] = ['scheme', 'mse', 'output', 'trial'].map(column);
/** @type {Map<string, number[]>} */
const values = new Map();
for (const line of lines) {
  const fields = line.split(',');
  if (fields.length < 5) continue;
  const name = `${fields[scheme]} (${fields[output]})`;
  if (!values.has(name)) values.set(name, []);
  /** @type {number[]} */ (values.get(name))[Number(fields[trial])] = Number(fields[mse]);
}
const names = [...values.keys()];
const pairs = names.flatMap((a, i) => names.slice(i + 1).map((b) => /** @type {const} */ ([a, b])));
const mean = (/** @type {readonly number[]} */ list) => list.reduce((sum, value) => sum + value, 0) / list.length;

for (const half of /** @type {const} */ (['choose', 'judge'])) {
  console.log(`\n${half}\n\n| ratio | trials | ${thresholds.map((fewest) => `at least ${fewest}`).join(' | ')} |`);
  console.log(`|---|---|${'---|'.repeat(thresholds.length)}`);
  /** @type {{ covered: number, told: number, runs: number }[]} */
  const total = thresholds.map(() => ({ covered: 0, told: 0, runs: 0 }));
  const text = ({ covered, told, runs }) =>
    told === 0
      ? 'none told'
      : `${((100 * covered) / told).toFixed(1)} % (${((100 * (runs - told)) / runs).toFixed(0)} % too few)`;
  for (const [a, b] of pairs) {
    const middle = Math.floor((values.get(a) ?? []).length / 2);
    const part = (/** @type {string} */ name, /** @type {boolean} */ first) =>
      first ? (values.get(name) ?? []).slice(0, middle) : (values.get(name) ?? []).slice(middle);
    const first = half === 'choose';
    const [above, below] = [part(a, first), part(b, first)];
    const truth = mean(part(a, !first)) / mean(part(b, !first));
    for (const n of [40, 100, 200, 400]) {
      const counts = thresholds.map(() => ({ covered: 0, told: 0, runs: 0 }));
      for (let at = 0; at + n <= above.length; at += n) {
        thresholds.forEach((fewest, i) => {
          const { low, high } = pairedRatio(above.slice(at, at + n), below.slice(at, at + n), fewest);
          for (const count of [counts[i], total[i]]) {
            if (!count) continue;
            count.runs++;
            if (Number.isNaN(low)) continue;
            count.told++;
            if (low <= truth && truth <= high) count.covered++;
          }
        });
      }
      console.log(`| ${a} / ${b} | ${n} | ${counts.map(text).join(' | ')} |`);
    }
  }
  console.log(`| all | | ${total.map(text).join(' | ')} |`);
}
