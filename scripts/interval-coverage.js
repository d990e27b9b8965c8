// How often the interval of a ratio of two mean squared errors covers the truth, over runs of few trials of a real loss law.
// node scripts/interval-coverage.js LONG-RUN/trials.csv … > results/interval-coverage.csv
// The trials of a long run (its journal will do) are cut in blocks, each block a run of 40 to 400 trials; the truth of a block is the
// ratio over all the other trials. How many trials have to carry a mean was chosen on the first half (`choose`), and is judged on the rest
// (`judge`). Where too few do, the product gives no interval: `told` is how many runs get one, `covered` in how many it holds the truth.
// The configs of the long runs are configs/statistics/.
import { readFileSync } from 'node:fs';
import { fewestCarriers, pairedRatio } from '../dist/results/ratio.js';

const thresholds = [0, 5, fewestCarriers, 15, 30];
const sizes = [40, 100, 200, 400];
const sum = (/** @type {readonly number[]} */ list) => list.reduce((total, value) => total + value, 0);

/** @returns {Map<string, number[]>} the MSE of each cell by trial, as far as every cell has the trial */
function lossesOf(/** @type {string} */ file) {
  const [header = '', ...lines] = readFileSync(file, 'utf8').split('\n');
  const columns = ['experiment', 'output', 'scheme', 'trial', 'mse'].map((name) => header.split(',').indexOf(name));
  /** @type {Map<string, number[]>} */
  const cells = new Map();
  for (const line of lines) {
    const fields = line.replace(/"[^"]*(""[^"]*)*"/g, '').split(','); // options may hold a comma
    if (fields.length < 5) continue;
    const [experiment, output, scheme, trial, mse] = columns.map((at) => fields[at] ?? '');
    const name = [experiment, output, scheme].join(',');
    if (!cells.has(name)) cells.set(name, []);
    /** @type {number[]} */ (cells.get(name))[Number(trial)] = Number(mse);
  }
  const whole = Math.min(...[...cells.values()].map((values) => [...values, undefined].indexOf(undefined)));
  return new Map([...cells].map(([name, values]) => [name, values.slice(0, whole)]));
}

console.log('experiment,output,scheme,to_scheme,part,trials,fewest,truth_trials,runs,told,covered');
for (const file of process.argv.slice(2)) {
  const cells = [...lossesOf(file)].map(([name, values]) => ({ key: name.split(','), values, total: sum(values) }));
  for (const [i, below] of cells.entries())
    for (const above of cells.slice(i + 1)) {
      const [experiment, output, to] = below.key;
      if (above.key[1] !== output) continue;
      const all = above.values.length;
      for (const part of ['choose', 'judge'])
        for (const n of sizes) {
          const counts = thresholds.map(() => ({ told: 0, covered: 0 }));
          let runs = 0;
          const [from, end] = part === 'choose' ? [0, Math.floor(all / 2)] : [Math.floor(all / 2), all];
          for (let at = from; at + n <= end; at += n) {
            const [a, b] = [above.values.slice(at, at + n), below.values.slice(at, at + n)];
            const truth = (above.total - sum(a)) / (below.total - sum(b));
            const { low, high, carriedBy } = pairedRatio(a, b, 0);
            runs++;
            thresholds.forEach((fewest, t) => {
              if (Number.isNaN(low) || carriedBy < fewest) return;
              counts[t].told++;
              if (low <= truth && truth <= high) counts[t].covered++;
            });
          }
          thresholds.forEach((fewest, t) => {
            const { told, covered } = counts[t];
            console.log(
              [experiment, output, above.key[2], to, part, n, fewest, all - n, runs, told, covered].join(','),
            );
          });
        }
    }
}
