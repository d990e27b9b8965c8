import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readManifest, readSummary } from '../../../src/results/read.ts';
import { cli } from '../../helpers/cli.ts';
import { folderWithConfig } from '../../helpers/folder.ts';

const config = `name: enough
model: lenet5-mnist
dataset: mnist
K: 4
N: 8
S: 2
trials: 120
schemes: [bacc, nercc]
until: {mse: 30%, minimum: 40}
`;

test('a run ends at the first look that finds it precise, says so, goes on from any part, and the gate takes it', async () => {
  const at = folderWithConfig(config);
  const csv = (out: string, name: string) => readFileSync(at(`${out}/${name}.csv`), 'utf8');
  const first = await cli('run', at('c.yaml'), '--out', at('a'), '--jobs', '1');
  expect(first.code).toBe(0);
  expect(first.stdout).toContain('Ended as asked: every interval is narrow enough.');
  const { trials } = readManifest(at('a'));
  expect([40, 60, 90]).toContain(trials);
  expect(readSummary(at('a')).map((row) => row.trials)).toEqual([trials, trials]);
  const lines = csv('a', 'summary').trimEnd().split('\n');
  expect(lines.map((line) => line.split(',').at(-1))).toEqual(['stopped_by', 'precision', 'precision']);

  // all that a fixed run of as many trials has, and the same trials
  const fixed = ['--set', 'until=null', '--trials', String(trials)];
  const plain = config.replace(/^until: .*\n/m, '');
  const other = folderWithConfig(plain);
  await cli('run', other('c.yaml'), '--out', other('b'), '--jobs', '1', ...fixed.slice(2));
  expect(readFileSync(other('b/trials.csv'), 'utf8')).toBe(csv('a', 'trials'));

  // the whole run again, and a run that was cut off
  const before = csv('a', 'summary');
  expect((await cli('run', at('c.yaml'), '--out', at('a'), '--jobs', '1')).code).toBe(0);
  expect(csv('a', 'summary')).toBe(before);
  const capped = await cli(
    'run',
    at('c.yaml'),
    '--out',
    at('c'),
    '--jobs',
    '1',
    '--max-trials',
    '40',
    '--until',
    'mse: 1%, minimum: 40',
  );
  expect(capped.code).toBe(0);
  // in the table and, while the run ends, on stderr
  for (const text of [capped.stdout, capped.stderr])
    expect(text).toMatch(
      /What until: asks for is undecided at the largest number of trials\. Intervals wider than asked \(with several looks they are wider than the ordinary ones\): mse of BACC \(±\d+% of the mean, asked ±1%\), mse of NeRCC0 \(±\d+% of the mean, asked ±1%\)\. More trials \(--max-trials\) go on from these; the widest interval needs [\d,]+ at least\.\n/,
    );
  expect(csv('c', 'summary')).toContain(',undecided\n');
  expect((await cli('run', at('c.yaml'), '--out', at('c'), '--jobs', '1')).code).toBe(0);
  for (const name of ['trials', 'summary', 'paired']) expect(csv('c', name)).toBe(csv('a', name));
  expect((await cli('check', at('c'), '--against', at('a'))).code).toBe(0);

  // in parts, which compute all that is permitted
  for (const part of ['1', '2']) {
    const shard = await cli('run', at('c.yaml'), '--out', at(`parts/${part}`), '--jobs', '1', '--shard', `${part}/2`);
    expect(shard.stderr).toContain('merge ends where one run would have ended');
  }
  expect((await cli('merge', at('m'), at('parts'))).code).toBe(0);
  for (const name of ['trials', 'summary', 'paired']) expect(csv('m', name)).toBe(csv('a', name));
  expect(readManifest(at('m')).trials).toBe(trials);
});

test('what until: cannot do is refused in a line', async () => {
  const at = folderWithConfig(config);
  const refused = async (...words: string[]) => {
    const { code, stderr } = await cli('run', at('c.yaml'), '--out', at('x'), ...words);
    expect(code).toBe(2);
    return stderr;
  };
  expect(await refused('--until', 'mse: 5%, reference: none')).toContain('none');
  expect(await refused('--until', 'minimum: 50')).toContain('mse: 5%');
  expect(await refused('--max-trials', '20')).toContain('first look');
});

const formula = `name: formula
model: {function: x-sin-x}
dataset: {uniform: {D: 1}}
K: 4
N: 8
S: 2
trials: 3000
schemes: [bacc, replication]
until: {mse: 50%}
`;
const refusedOf = async (text: string, ...words: string[]) => {
  const at = folderWithConfig(text);
  const { code, stderr } = await cli('run', at('c.yaml'), '--jobs', '1', '--out', at('x'), ...words);
  expect([code, stderr.trim().split('\n').length]).toEqual([2, 1]);
  expect(existsSync(at('x'))).toBe(false);
  return stderr;
};

test('a reference that a row has no difference from, that is several rows, or that is alone is refused at its key', async () => {
  const compared = (reference: string) => formula.replace('{mse: 50%}', `\n  mse: 50%\n  reference: ${reference}`);
  const lists = compared('Uncoded')
    .replace('N: 8', 'N: [8, 16]')
    .replace('S: 2', 'S: 0')
    .replace('replication', 'uncoded');
  expect(await refusedOf(lists)).toMatch(
    /c\.yaml:11:14: no row of Uncoded is in the setting of BACC at K = 4, N = 16; take another/,
  );
  expect(await refusedOf(lists, '--dry-run')).toContain('no row of Uncoded');
  const several = compared('My scheme').replace('replication', 'nercc: {lambdaEnc: [0, 1e-3], label: My scheme}');
  expect(await refusedOf(several)).toMatch(/c\.yaml:11:14: My scheme has 2 pairs of λ/);
  expect(await refusedOf(compared('BACC').replace(', replication', ''))).toMatch(
    /c\.yaml:11:14: nothing is compared: BACC is the only scheme/,
  );
});

test('a metric that needs labels is refused at once on data without', async () => {
  for (const metric of ['accuracy', 'relacc']) {
    const what = `--until: ${metric}: dataset uniform has no labels`;
    const classes = formula.replace('x-sin-x', 'mlp, D: 1, m: 3');
    expect(await refusedOf(classes, '--until', `${metric}: 5%`)).toContain(what);
    expect(await refusedOf(classes, '--until', `${metric}: 5%`, '--dry-run')).toContain(what);
  }
});

test('a metric that counts classes is refused at once for a model with one output', async () => {
  for (const metric of ['agreement', 'relacc', 'accuracy']) {
    const what = `--until: ${metric}: model x-sin-x has one output, so every answer has the same class; ask for mse`;
    expect(await refusedOf(formula, '--until', `${metric}: 5%`)).toContain(what);
    expect(await refusedOf(formula, '--until', `${metric}: 5%`, '--dry-run')).toContain(what);
  }
});

test('faults of --until and the options beside it name the option that was typed', async () => {
  expect(await refusedOf(formula, '--until', 'mse: 10')).toContain('such as 5%');
  expect(await refusedOf(formula, '--until', 'mse: much')).toContain(
    '--until: mse: expected a share of the mean above 0 and below 1, such as 5%',
  );
  expect(await refusedOf(formula, '--until', 'mse: 5%, reference: none')).toContain('--until: no scheme has the label');
  expect(await refusedOf(formula, '--until', 'mse: 0%')).toContain(
    'mse: must be above 0, found 0 (expected a share of the mean above 0 and below 1, such as 5% or 0.05)',
  );
  expect(await refusedOf(formula, '--until', 'mse: [')).toMatch(/^approxifer: --until: /);
  expect(await refusedOf(formula, '--max-trials', '9', '--trials', '8')).toContain(
    '--trials and --max-trials are the same number',
  );
  expect(await refusedOf(formula.replace(/until.*\n/, ''), '--max-trials', '9')).toContain(
    '--max-trials is for --until',
  );
});

test('.5 % is a share, and a dry run says that the trials are the most there may be', async () => {
  const at = folderWithConfig(formula);
  const { code, stdout } = await cli('run', at('c.yaml'), '--dry-run', '--until', 'mse: .5%');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^trials +at most 3000$/m);
  // with or without a blank after the colon
  const braced = await cli('run', at('c.yaml'), '--dry-run', '--until', ' {mse:.5%} ');
  expect(braced.stdout).toMatch(/^trials +at most 3000$/m);
  const json = await cli('run', at('c.yaml'), '--dry-run', '--json', '--until', 'mse:.5%,minimum:50');
  expect(JSON.parse(json.stdout).stages).toEqual([{ name: 'trials', trials: 3000, atMost: true }]);
  const part = await cli('run', at('c.yaml'), '--dry-run', '--shard', '1/2');
  expect(part.stdout).toMatch(/^trials +1500$/m);
});

test('a run whose intervals are narrow but that lost nothing says so, in the table too', async () => {
  const at = folderWithConfig(config.replace('[bacc, nercc]', '[bacc, replication]').replace('S: 2', 'S: 1'));
  const words = ['--until', 'mse: 90%, relacc: 5%, minimum: 40', '--max-trials', '60', '--out', at('out')];
  const { code, stdout } = await cli('run', at('c.yaml'), '--jobs', '1', ...words);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /What until: asks for is undecided at the largest number of trials. Too few trials that differ \(fewer than 30 from the most frequent value\): .*relacc of Replication \(\d+ trials\)\. More trials \(--max-trials\) go on from these; what never differs stays undecided\.$/m,
  );
  expect(stdout).not.toContain('Intervals');
  expect((await cli('table', at('out'))).stdout).toContain('relacc of Replication');
  expect(readFileSync(at('out/table.tex'), 'utf8')).toContain('relacc of Replication');
});
