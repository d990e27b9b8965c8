// How often the 95 % interval of a slope holds the exponent of a simulated law N^-2 at N = 64, 128, 256, 512, by trials.
//   node scripts/slopes-coverage.js [--runs 1000]
// "drawn" counts every run, as if no rule kept an interval back; "told" is how many runs get one, "covered" in how many of those it holds
// the exponent. Needs `npm run build`.
import { parseArgs } from 'node:util';

const { slopes } = await import(new URL('../dist/results/slopes.js', import.meta.url).href);
const { randomStream } = await import(new URL('../dist/util/random.js', import.meta.url).href);

const sizes = [64, 128, 256, 512];
const anyNumber = { trials: 1, carriers: 0 };

/** Factors of the error of a trial, with one mean at every N. */
const laws = {
  'log-normal': (stream) => Math.exp(stream.normal()),
  'lost in 2 % of the trials': (stream) => (stream.integer(50) === 0 ? Math.exp(0.5 * stream.normal()) : 0),
};

const { values } = parseArgs({ options: { runs: { type: 'string', default: '1000' } } });
const runs = Number(values.runs);
const percent = (of, all) => (all === 0 ? '-' : `${((100 * of) / all).toFixed(1)} %`);

console.log('law, trials: drawn; told, covered');
for (const [name, draw] of Object.entries(laws))
  for (const trials of [1, 2, 3, 5, 10, 30, 100, 300]) {
    const counts = { all: 0, told: 0, covered: 0 };
    const stream = randomStream('slopes-coverage', name, trials);
    for (let run = 0; run < runs; run++) {
      const cells = sizes.map((N) => ({ key: { N } }));
      const errors = new Map(
        cells.map(({ key }) => [key, Float64Array.from({ length: trials }, () => key.N ** -2 * draw(stream))]),
      );
      const of = (key) => errors.get(key);
      const holds = ({ low, high }) => low <= -2 && -2 <= high;
      const [all] = slopes(cells, { of }, 0, undefined, anyNumber);
      const [told] = slopes(cells, { of }, 0);
      if (holds(all)) counts.all++;
      if (!Number.isNaN(told.low)) counts.told++;
      if (holds(told)) counts.covered++;
    }
    console.log(
      `${name}, ${trials}: ${percent(counts.all, runs)}; ${percent(counts.told, runs)}, ${percent(counts.covered, counts.told)}`,
    );
  }
