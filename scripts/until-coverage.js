// Simulates the stopping rule of until: on laws whose mean is known: how often the 95 % interval that a run reports covers it, and how
// often a difference whose mean is 0 is called decided.
//   node scripts/until-coverage.js [--runs 4000] [--seed 1]
// Needs `npm run build`.
import { parseArgs } from 'node:util';

const { looks, standings, stoppedBy } = await import(new URL('../dist/results/until.js', import.meta.url).href);
const { summarise } = await import(new URL('../dist/results/statistics.js', import.meta.url).href);
const { studentQuantile } = await import(new URL('../dist/metrics/distributions.js', import.meta.url).href);
const { randomStream } = await import(new URL('../dist/util/random.js', import.meta.url).href);

/**
 * Replication with N workers, K queries and S stragglers: the share of queries that lose all their N/K answers. Its mean is
 * C(N - N/K, S - N/K) / C(N, S), of which the product below is another form.
 */
function replicationLoss(N, K, S) {
  const copies = N / K;
  let mean = 1;
  for (let i = 0; i < copies; i++) mean *= (S - i) / (N - i);
  return {
    mean,
    draw(stream) {
      const late = new Uint8Array(N);
      for (let left = S; left > 0; ) {
        const worker = stream.integer(N);
        if (late[worker] === 0) left--;
        late[worker] = 1;
      }
      let lost = 0;
      for (let query = 0; query < K; query++) {
        let all = 1;
        for (let copy = 0; copy < copies; copy++) all &= late[query + copy * K];
        lost += all;
      }
      return lost / K;
    },
  };
}

const laws = {
  normal: { mean: 1, draw: (stream) => 1 + 0.3 * stream.normal() },
  'log-normal, sigma 1': { mean: Math.exp(0.5), draw: (stream) => Math.exp(stream.normal()) },
  'lost queries of replication (60, 10, 20)': replicationLoss(60, 10, 20),
};

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '4000' }, seed: { type: 'string', default: '1' } },
});
const until = { precision: { mse: 0.15 }, minimum: 100 };
const ends = looks(until.minimum, 200_000);

for (const [name, law] of Object.entries(laws)) {
  let [covered, undecided, trials] = [0, 0, 0];
  for (let run = 0; run < Number(values.runs); run++) {
    const stream = randomStream('until', Number(values.seed), name, run);
    const drawn = new Float64Array(ends.at(-1));
    let done = 0;
    for (const [place, end] of ends.entries()) {
      while (done < end) drawn[done++] = law.draw(stream);
      const cell = { key: [], condition: 0, label: '', values: new Map([['mse', drawn.subarray(0, end)]]) };
      const stop = stoppedBy(standings([cell], until, place + 1));
      if (stop === 'undecided' && place + 1 < ends.length) continue;
      if (stop === 'undecided') undecided++;
      const { n, mean, sem } = summarise(drawn.subarray(0, end));
      if (Math.abs(mean - law.mean) <= sem * studentQuantile(0.95, n - 1)) covered++;
      trials += end;
      break;
    }
  }
  const runs = Number(values.runs);
  const share = ((100 * covered) / runs).toFixed(2);
  process.stdout.write(
    `${name}: covers ${share} % of ${runs} runs; ${Math.round(trials / runs)} trials, ${undecided} undecided\n`,
  );
}

/** Differences of mean 0. */
const even = {
  normal: (stream) => stream.normal(),
  'log-normal, sigma 1': (stream) => Math.exp(stream.normal()) - Math.exp(0.5),
  'log-normal, sigma 2': (stream) => Math.exp(2 * stream.normal()) - Math.exp(2),
  'one trial in 50 outweighs the others': (stream) => (stream.uniform() < 0.02 ? 49 : -1) * (1 + 0.3 * stream.normal()),
};
const byReference = { precision: { mse: 0 }, minimum: 100, reference: 'other' };
const cellOf = (label, values) => ({ key: [], condition: 0, label, values: new Map([['mse', values]]) });

for (const [name, draw] of Object.entries(even)) {
  let decided = 0;
  for (let run = 0; run < Number(values.runs); run++) {
    const stream = randomStream('until', Number(values.seed), name, run);
    const drawn = Float64Array.from({ length: 2000 }, () => draw(stream));
    const isDecided = looks(until.minimum, drawn.length).some((end, place) => {
      const cells = [cellOf('own', drawn.subarray(0, end)), cellOf('other', new Float64Array(end))];
      return standings(cells, byReference, place + 1)[0] === 'decided';
    });
    if (isDecided) decided++;
  }
  const share = ((100 * decided) / Number(values.runs)).toFixed(2);
  process.stdout.write(`${name}, mean 0: decided in ${share} % of ${values.runs} runs of at most 2000 trials\n`);
}
