import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { candidatesFor, isCertain, sizesFor } from '../../src/advice/candidates.ts';
import { choose, type Measurement } from '../../src/advice/choose.ts';
import { roundingOf } from '../../src/advice/rounding.ts';
import { adviceTable, verdictLines } from '../../src/advice/text.ts';
import { evidenceOf, type Goal, judge } from '../../src/results/judge.ts';
import { cli } from '../helpers/cli.ts';
import { temporaryFolder } from '../helpers/folder.ts';
import { summaryRow } from '../helpers/run.ts';

const goal = { metric: 'relacc', value: 0.99 } as const;
const measured = (name: string, N: number, mean: number, sem = 0.001): Measurement => ({
  name,
  N,
  mean,
  sem,
  rounding: 0,
  trials: 200,
  without: 0,
  queries: 1600,
  failed: 0,
  faulty: 200,
  isCertain: false,
  seesQuery: name !== 'Code',
  master: 1e-5,
});

test('uncoded and replication always take part, and schemes with a locator only where somebody lies', () => {
  for (const E of [0, 2]) {
    const names = candidatesFor({ E }).map(({ name }) => name);
    expect(names.slice(0, 2)).toEqual(['Uncoded', 'Replication']);
    expect(names.includes('SBACC')).toBe(E > 0);
    expect(names.includes('NeRCC0')).toBe(E === 0);
  }
});

test('sizes hold no worker to spare, exact copies, and nothing beyond what may be used', () => {
  const amount = (min: number, max: number) => fc.integer({ min, max });
  fc.assert(
    fc.property(amount(1, 30), amount(0, 5), amount(0, 3), (K, S, E) => {
      const copies = K * (S + 2 * E + 1);
      const sizes = sizesFor({ K, S, E }, Math.max(copies, 4 * K));
      expect(sizes).toContain(copies);
      expect(sizes.every((N) => N > S + 2 * E)).toBe(true);
      expect(sizes).toEqual([...new Set(sizes)].sort((a, b) => a - b));
      expect(sizesFor({ K, S, E }, copies - 1)).not.toContain(copies);
    }),
    { seed: 1, numRuns: 50 },
  );
});

test('a mean above the target is not enough: the whole interval has to reach it', () => {
  expect(judge(measured('a', 10, 0.9905), goal).reaches).toBe('perhaps');
  expect(judge(measured('a', 10, 0.995), goal).reaches).toBe('yes');
  expect(judge(measured('a', 10, 0.98), goal).reaches).toBe('no');
  expect(judge(measured('a', 10, 0.5, 0.1), { metric: 'mse', value: 1 }).reaches).toBe('yes');
  expect(judge(measured('a', 10, 0.9, 0.1), { metric: 'mse', value: 1 }).reaches).toBe('perhaps');
});

test('where no loss was seen, what so many queries would have missed is left open', () => {
  const perfect = { ...measured('a', 10, 1, 0), trials: 20, queries: 160 };
  const judged = judge(perfect, goal);
  expect(judged).toMatchObject({ high: 1, reaches: 'perhaps' });
  expect(judged.low).toBeCloseTo(1 + Math.log(0.05) / 160, 6); // (1 - share)^160 = 5 %
  expect(judge({ ...perfect, trials: 200, queries: 1600 }, goal).reaches).toBe('yes');
  // one of 400 queries was lost: a share of 4.744 / 400 would show so few one time in twenty
  const one = judge({ ...perfect, trials: 50, queries: 400, mean: 1 - 1 / 400, sem: 1 / 400 }, goal);
  expect(one.low).toBeCloseTo(1 - 4.7439 / 400, 6);
  expect(one.reaches).toBe('perhaps');
});

test('what counting makes exact needs no more trials, and a law makes nothing exact', () => {
  const needs = { K: 4, S: 1, E: 1, isLaw: false };
  expect([15, 16].map((N) => isCertain('Replication', needs, N))).toEqual([false, true]);
  expect(isCertain('Replication', { ...needs, S: 0, E: 0, isLaw: true }, 16)).toBe(false);
  expect(isCertain('Uncoded', { ...needs, S: 0, E: 0 }, 4)).toBe(true);
  expect(isCertain('Kriging', needs, 100)).toBe(false);
  const sure = { ...measured('Replication', 16, 1, 0), trials: 20, isCertain: true };
  expect(judge(sure, goal)).toMatchObject({ low: 1, high: 1, reaches: 'yes' });
});

test('a mean error that a handful of trials carries, or none, is never sure; a single error refutes `exact`', () => {
  const error = { metric: 'mse', value: 1e-4 } as const;
  expect(judge(measured('a', 10, 0, 0), error).reaches).toBe('perhaps');
  expect(judge(measured('a', 10, 1e-6, 1e-6), error).reaches).toBe('perhaps');
  expect(judge(measured('a', 10, 1e-6, 1e-7), error).reaches).toBe('yes');
  // hardly anybody was ever late: what all trials have is not what a late worker costs
  expect(judge({ ...measured('a', 10, 1e-6, 1e-7), faulty: 7 }, error).reaches).toBe('perhaps');
  const exact = { metric: 'mse', value: 0 } as const;
  expect(judge(measured('a', 10, 0, 0), exact).reaches).toBe('yes');
  expect(judge(measured('a', 10, 4, 4), exact)).toMatchObject({ low: 0, reaches: 'no' });
});

test('an error that is rounding is no loss: it makes nothing sure, refutes nothing, and no N better than a smaller one', () => {
  const row = (name: string, N: number, mean: number) => ({
    ...measured(name, N, mean, mean / 50),
    rounding: 1e-8,
    trials: 300,
  });
  const error = { metric: 'mse', value: 1e-3 } as const;
  expect(judge(row('a', 16, 1.7e-10), error).reaches).toBe('perhaps');
  expect(judge(row('a', 16, 1e-6), error).reaches).toBe('yes');
  // a goal below what can be told is not reached by rounding
  expect(judge(row('a', 16, 1.7e-10), { metric: 'mse', value: 1e-12 }).reaches).toBe('no');
  const exact = { metric: 'mse', value: 0 } as const;
  expect(judge(row('a', 16, 1.7e-10), exact).reaches).toBe('yes');
  expect(judge({ ...row('a', 16, 1.7e-10), failed: 1 }, exact).reaches).toBe('perhaps');
  expect(judge(row('a', 16, 1e-6), exact).reaches).toBe('no');
  const tried = [row('Code', 2, 1e-33), row('Code', 4, 0)];
  const question = { model: 'm', dataset: 'd', K: 1, faults: 'one late', goal: error, tried: [4], isPrivate: false };
  const advice = choose(tried, error);
  expect(advice.rows[0]).toMatchObject({ N: 2, reaches: 'perhaps' });
  expect(verdictLines(question, advice).join(' ')).toContain('No error beyond rounding was seen in 300 trials: fewer');
});

test('rounding grows with the outputs, and is that of single numbers for a network and double ones for a formula', () => {
  const outputs = Float64Array.of(30, 0, 0, -10);
  const single = roundingOf(outputs, 2, 'mse', 'single');
  expect(single).toBeCloseTo(500 * (50 * 2 ** -24) ** 2, 18);
  expect(roundingOf(outputs, 2, 'mse_per_output', 'single')).toBe(single / 2);
  expect(roundingOf(outputs, 2, 'mse', 'double') / single).toBeCloseTo(2 ** -58, 25);
  expect(roundingOf(outputs, 2, 'agreement', 'single')).toBe(0);
});

test('an honest majority is asked for only where somebody lies', () => {
  const assumed = (E: number) => candidatesFor({ E }).find(({ name }) => name === 'Replication')?.assumes;
  expect(assumed(0)).not.toContain('honest');
  expect(assumed(1)).toContain('honest majority');
});

test('fewest workers win; of equally many the simpler scheme; those that miss come last', () => {
  const advice = choose(
    [
      measured('Uncoded', 8, 0.7),
      measured('Replication', 12, 0.98),
      measured('Replication', 16, 0.999),
      measured('Code', 12, 0.97),
      measured('Code', 16, 0.999),
    ],
    goal,
  );
  expect(advice.best).toMatchObject({ name: 'Replication', N: 16 });
  expect(advice.rows.map(({ name, N }) => [name, N])).toEqual([
    ['Replication', 16],
    ['Code', 16],
    ['Uncoded', 8],
  ]);
  const better = choose([measured('Replication', 16, 0.999), measured('Code', 12, 0.999)], goal);
  expect(better.best?.name).toBe('Code');
  expect(choose([measured('Replication', 16, 0.9)], goal).best).toBeUndefined();
});

test('where queries are to stay private only what sends none as it is gets advised', () => {
  const all = [measured('Replication', 12, 0.999), measured('Code', 16, 0.999)];
  const wished = choose(all, goal, true);
  expect(wished.best).toMatchObject({ name: 'Code', N: 16 });
  const question = { model: 'm', dataset: 'd', K: 8, faults: 'none late', goal, tried: [16], isPrivate: true };
  expect(verdictLines(question, wished)).toContain('If a worker may see a query: Replication with N = 12.');
  const without = choose([measured('Replication', 12, 0.999)], goal, true);
  expect(without.best).toBeUndefined();
  expect(verdictLines(question, without)[0]).toContain('without sending a worker a query as it is');
  expect(choose(all, goal).best?.name).toBe('Replication');
});

test('where nothing serves the nearest is the best mean, private where that is asked for', () => {
  const all = [measured('Uncoded', 8, 0.7), measured('Replication', 16, 0.98), measured('Code', 16, 0.9)];
  const question = { model: 'm', dataset: 'd', K: 8, faults: 'none late', goal, tried: [16] };
  const line = (isPrivate: boolean) => verdictLines({ ...question, isPrivate }, choose(all, goal, isPrivate))[0];
  expect(line(false)).toContain('nearest: Replication at N = 16');
  expect(line(true)).toContain('nearest: Code at N = 16');
  const error = { metric: 'mse', value: 0.1 } as const;
  expect(verdictLines({ ...question, goal: error, isPrivate: false }, choose(all, error))[0]).toContain(
    'nearest: Uncoded',
  );
});

test('says so where a handful of trials carries what was lost, or none lost anything', () => {
  const error = { metric: 'mse', value: 1 } as const;
  const question = { model: 'm', dataset: 'd', K: 8, faults: 'none late', goal: error, tried: [16], isPrivate: false };
  const lines = (mean: number, sem: number, faulty = 100) => {
    const advice = choose([{ ...measured('Code', 16, mean, sem), trials: 100, faulty }], error);
    expect(advice.rows[0]?.low).toBeGreaterThanOrEqual(0);
    return verdictLines(question, advice).join(' ');
  };
  // two of 100 trials with an error of 1: mean 0.02, variance 0.0196 · 100 / 99
  expect(lines(0.02, Math.sqrt(0.0196 / 99))).toContain('from about 2 of 100 trials, too few');
  expect(lines(0, 0)).toContain('No error was seen in 100 trials: fewer than 3 % of batches');
  expect(lines(0.02, 0.001)).not.toMatch(/trials, too few|No error/);
  expect(lines(0.02, 0.001, 3)).toContain('In 3 of 100 trials somebody was late, too few');
});

test('says nothing of what trials lost where a trial may gain: RelAcc can be above 1', () => {
  // fifty trials with 1.1, fifty with 0.895: each tells
  const row = { ...measured('Code', 16, 0.9975, 0.1025 / Math.sqrt(99)), trials: 100 };
  const lines = (goal: Goal) =>
    verdictLines(
      { model: 'm', dataset: 'd', K: 8, faults: 'none late', goal, tried: [16], isPrivate: false },
      choose([row], goal),
    ).join(' ');
  expect(lines({ metric: 'relacc', value: 0.9 })).not.toContain('What was lost');
  expect(lines({ metric: 'agreement', value: 0.9 })).toContain('What was lost');
});

test('a trial that could not be decoded is no success', () => {
  expect(judge({ ...measured('a', 10, 0.999), failed: 1 }, goal).reaches).toBe('perhaps');
});

test('of RelAcc only the trials count in which the model has a query right, and only the queries that it has', () => {
  // 60 of 300 trials of four queries, 63 queries in all
  const row = summaryRow(
    { K: 4, E: 1 },
    {
      relacc: Array.from({ length: 300 }, (_, i) => (i < 60 ? 1 : Number.NaN)),
      base_accuracy: Array.from({ length: 300 }, (_, i) => (i < 57 ? 0.25 : i < 60 ? 0.5 : 0)),
      unavailable: Array.from({ length: 300 }, (_, i) => (i < 30 ? 0.25 : 0)),
      degraded: Array.from({ length: 300 }, (_, i) => (i < 30 ? Number(i < 24) : Number.NaN)),
    },
    240,
  );
  expect(evidenceOf(row, 'relacc')).toMatchObject({ trials: 60, without: 240, mean: 1 });
  expect(evidenceOf(row, 'relacc').queries).toBeCloseTo(63, 9);
  expect(evidenceOf(row, 'agreement').queries).toBe(1200);
  expect(evidenceOf(row, 'degraded')).toMatchObject({ trials: 30, without: 270 });
  expect(evidenceOf(row, 'degraded').queries).toBeCloseTo(30, 9);
  expect(evidenceOf(row, 'available').queries).toBeCloseTo(1170, 9);
  expect(evidenceOf(row, 'locate_recall').queries).toBe(300);
  const found = { ...measured('Code', 10, 1, 0), ...evidenceOf(row, 'relacc') };
  const strict = { metric: 'relacc', value: 0.995 } as const;
  const judged = judge(found, strict);
  expect(judged.reaches).toBe('perhaps');
  expect(judged.low).toBeCloseTo(1 + Math.log(0.05) / 63, 6);
  const question = { model: 'm', dataset: 'd', K: 4, faults: 'none late', goal: strict, tried: [10], isPrivate: false };
  expect(adviceTable(question, choose([found], strict), []).rows[0]).toContain('60; 240 without RelAcc');
});

test('nearest and the best of a scheme is first what could be decoded, and what could not is said', () => {
  const row = (N: number, mean: number, failed: number) => ({
    ...measured('BACC', N, mean, 0.01),
    trials: 300 - failed,
    failed,
  });
  const error = { metric: 'mse', value: 1e-3 } as const;
  const advice = choose([row(4, 0.1, 209), row(16, 0.2, 53)], error);
  expect(advice.rows.map(({ N }) => N)).toEqual([16]);
  const question = { model: 'm', dataset: 'd', K: 4, faults: 'none late', goal: error, tried: [16], isPrivate: false };
  expect(verdictLines(question, advice)[0]).toMatch(
    /nearest: BACC at N = 16, .* where it could be decoded; 53 of 300 trials could not\./,
  );
});

const formula = ['--model', '{function: x-sin-x}', '--dataset', '{uniform: {D: 1}}', '--K', '2', '--trials', '100'];

test('advises copies where they are exact, writes what it said, and goes on from what it ran', async () => {
  const out = path.join(temporaryFolder(), 'advice');
  const words = [
    'advise',
    ...formula,
    '--stragglers',
    '1',
    '--target',
    'exact',
    '--workers',
    '4',
    '--jobs',
    '1',
    '--out',
    out,
  ];
  const first = await cli(...words);
  expect(first.code).toBe(0);
  expect(first.stdout).toContain(
    'Replicate: N = 4 workers for K = 2 queries are exact by counting: these faults cannot take the answer of any query.',
  );
  expect(first.stdout).toContain('| Uncoded | 2 |');
  expect(first.stdout).toContain('Tried: N = 2, 3, 4. A row');
  const { best, verdict, measured: all } = JSON.parse(readFileSync(path.join(out, 'advice.json'), 'utf8'));
  expect(best).toMatchObject({ name: 'Replication', N: 4, low: 0, high: 0 });
  expect(first.stdout).toContain(verdict[0]);
  expect(all.some(({ name }: Measurement) => name === 'BACC')).toBe(true);
  expect(readFileSync(path.join(out, 'advice.md'), 'utf8')).toContain('Replicate');
  const page = readFileSync(path.join(out, 'advice.html'), 'utf8');
  expect(page).toContain(`<p>${verdict[0]}</p>`);
  expect(page).toContain('<a href="N-4/table.md">N-4</a>');
  // at these N some nodes of BACC are nodes of queries: that worker gets the query itself
  expect(all.filter(({ seesQuery }: Measurement) => !seesQuery).length).toBeGreaterThan(0);
  expect(all.filter(({ name }: Measurement) => name === 'Replication').every((one: Measurement) => one.seesQuery)).toBe(
    true,
  );
  const again = await cli(...words, '--json');
  expect(JSON.parse(again.stdout)).toMatchObject({ best: { name: 'Replication' } });
});

test('says once for all sizes what came out of the store', async () => {
  const sizes = ['--K', '1', '--stragglers', '1', '--workers', '3', '--trials', '100', '--jobs', '1'];
  const ask = (out: string) =>
    cli(
      'advise',
      '--model',
      'lenet5-mnist',
      '--dataset',
      'mnist',
      ...sizes,
      '--out',
      path.join(temporaryFolder(), out),
    );
  await ask('first');
  const { stdout, stderr } = await ask('second');
  expect(stdout).toContain('Tried: N = 2, 3');
  expect(stderr.match(/^store: /gm)).toHaveLength(1);
  expect(stderr).toMatch(/^store: ([\d,]+) of \1 inferences/m);
});

test('with liars, privacy and a target out of reach it says so', async () => {
  const out = path.join(temporaryFolder(), 'advice');
  const faults = ['--stragglers', '0', '--liars', '1', '--attack', '{constant: 5}', '--private', '--workers', '5'];
  const { code, stdout } = await cli(
    'advise',
    ...formula,
    ...faults,
    '--target',
    'mse=1e-12',
    '--jobs',
    '1',
    '--out',
    out,
  );
  expect(code).toBe(0);
  expect(stdout).toContain('Nothing that was tried up to N = 5 workers reaches');
  expect(stdout).toContain('Privacy: no scheme here');
  expect(stdout).toContain('| SBACC |');
});

test('a size at which no trial could be decoded does not end the sweep', async () => {
  const out = path.join(temporaryFolder(), 'advice');
  const rare = ['--stragglers', '{bernoulli: 0.99}', '--target', 'mse=1', '--workers', '3', '--jobs', '1'];
  const { code, stderr } = await cli('advise', ...formula, ...rare, '--out', out);
  expect(code).toBe(0);
  // until: is the command's own
  expect(stderr).not.toContain('until:');
  const { measured: all } = JSON.parse(readFileSync(path.join(out, 'advice.json'), 'utf8'));
  // with this seed nobody is in time at N = 2
  expect(new Set(all.map(({ N }: Measurement) => N))).toEqual(new Set([3]));
});

test.each([
  [['--target', 'relac=1'], /expected metric=number/],
  [['--target', 'relacc=2'], /between 0 and 1/],
  [['--target', 'mse=-1'], /at least 0/],
  [['--stragglers', '-1'], /--stragglers -1: expected a whole number/],
  [['--stragglers', '0.5'], /--stragglers 0.5: expected a whole number/],
  [['--stragglers', 'uniform'], /says not how many are late; give a number/],
  [['--stragglers', '"uniform"'], /says not how many are late/],
  [['--stragglers', ' contiguous'], /says not how many are late/],
  [['--stragglers', '[{bernoulli: 0.1}, {bernoulli: 0.4}]'], /--stragglers: found a list; ask for one at a time/],
  [['--liars', '1', '--attack', '[{gaussian: 1}, {gaussian: 10}]'], /--attack: found a list/],
  [['--attack', 'gaussian'], /--attack: nobody lies/],
  [['--workers', '1'], /need more/],
  [['--stragglers', '{bernouli: 0.1}'], /stragglers/],
  [['--model', 'lenet5-mnst'], /^approxifer: --model: .*lenet5-mnist/],
  [['--model', '{onnx: no-such-file.onnx}', '--target', 'mse=1'], /^approxifer: --model: .*no-such-file/],
  [['--model', '{function: mlp, D: 1, m: 3}', '--dataset', '{npy: nothing.npy}'], /^approxifer: --dataset: .*nothing/],
  [['--dataset', '{npy: no-such-file.npy}', '--target', 'mse=1'], /^approxifer: --dataset: .*no-such-file/],
  [
    ['--target', 'agreement=0.99'],
    /--target agreement: model x-sin-x has one output, so every answer has the same class; aim at mse=/,
  ],
  [
    ['--output', 'softmax', '--target', 'mse=1'],
    /--output softmax: model x-sin-x has one output, whose softmax is always 1/,
  ],
  [['--output', '[logits, softmax]'], /Allowed choices are logits, softmax/],
  [
    ['--model', '{function: mlp, D: 1, m: 3}', '--target', 'relacc=0.9'],
    /has no labels, so no accuracy can be measured on it; add labels:, or aim at mse=/,
  ],
  [['--target', 'locate_recall=0.9', '--workers', '3'], /no trial has a value of locate_recall: such runs do not/],
  [
    ['--stragglers', '{bernoulli: 1}', '--target', 'mse=1', '--workers', '3'],
    /of mse: \d+ trials could not be decoded/,
  ],
])('%j is refused in one line', async (flags, message) => {
  const { code, stderr } = await cli(
    'advise',
    ...formula,
    '--out',
    path.join(temporaryFolder(), 'a'),
    '--jobs',
    '1',
    ...flags,
  );
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
});
