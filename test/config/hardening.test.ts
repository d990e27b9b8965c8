import { expect, test } from 'vitest';
import { makePlan } from '../../src/coded/plan.ts';
import { configDocument } from '../../src/config/load.ts';
import { parseExperiment } from '../../src/kinds/inference/config.ts';
import { UserError } from '../../src/util/errors.ts';
import { cli } from '../helpers/cli.ts';

const lines = [
  'name: t',
  'model: lenet5-mnist',
  'dataset: mnist',
  'K: 10',
  'N: 40',
  'S: 5',
  'trials: 5',
  'schemes: [bacc]',
];

/** The config with other lines in place of those of the same key, new ones at the end. */
function config(...changes: string[]): string {
  const keyOf = (line: string) => line.split(':')[0];
  const kept = lines.map((line) => changes.find((change) => keyOf(change) === keyOf(line)) ?? line);
  return `${[...kept, ...changes.filter((change) => !kept.includes(change))].join('\n')}\n`;
}

/** What `validate` says; empty for a valid config. */
function refusal(text: string, overrides: readonly string[] = []): string {
  let document: ReturnType<typeof configDocument> | undefined;
  try {
    document = configDocument(text, 't.yaml', overrides);
    makePlan(parseExperiment(document.data));
    return '';
  } catch (error) {
    const said = document?.located(error) ?? error;
    if (!(said instanceof UserError)) throw said;
    return said.message;
  }
}

test.each([
  ["schemes: [bacc, bacc: {label: 'BACC '}]", '8:17', 'two schemes have labels that look alike, "BACC "; give one'],
  ["schemes: [bacc: {label: ' '}]", '8:11', 'the label has nothing that can be seen; write a name'],
  ['name: !!binary aGk=', '1:16', 'the tag tag:yaml.org,2002:binary makes no plain value; leave the tag'],
  ['schemes: !!set {bacc, nercc}', '8:16', 'the tag tag:yaml.org,2002:set makes no plain value; leave the tag'],
])('%s', (line, place, message) => {
  expect(refusal(config(line))).toEqual(expect.stringContaining(`t.yaml:${place}: ${message}`));
});

test('a file that is no UTF-8 is said to be none', () => {
  const utf16 = Buffer.from(`\ufeff${config()}`, 'utf16le');
  for (const bytes of [utf16, Buffer.from(utf16).swap16(), utf16.subarray(2)])
    expect(refusal(bytes.toString())).toBe('t.yaml:1:1: this is no UTF-8 text; save the file as UTF-8');
  const latin = Buffer.from(config("schemes: [bacc: {label: 'caf\u00e9'}]"), 'latin1').toString();
  expect(refusal(latin)).toBe('t.yaml:8:25: label: the text holds bytes that are no UTF-8; save the file as UTF-8');
  expect(refusal(`\ufeff${config()}`)).toBe('');
});

test('a key that shares no letter with one that is known is compared with none', () => {
  expect(refusal(config('<<: {E: 1}'))).toMatch(/^t\.yaml:9:1: unknown key "<<"; known keys: name, /);
});

test('the config that the others change is valid', () => {
  expect(refusal(config())).toBe('');
  for (const zero of ['0', '0.0', '-0', '0e5', '+.0']) {
    const line = `schemes: [nercc: {lambdaEnc: ${zero}}]`;
    expect([line, refusal(config(line))]).toEqual([line, '']);
  }
});

test('a config of YAML 1.1, where 012 is ten, is refused', () => {
  expect(refusal(`%YAML 1.1\n---\n${config()}`)).toContain('t.yaml:1:1: leave out the line that begins with "%"');
});

test.each([
  ['model: lenet5', '2:8', 'did you mean "lenet5-mnist"?'],
  [
    'stragglers: [uniform, {deadline: {at: 30ms, latency: {pareto: {scale: 1ms, shape: 2}}}}]',
    '9:35',
    'unknown key "at"; known keys: after, latency',
  ],
  ['model: my.onnx', '2:8', 'a file is written {onnx: my.onnx}'],
  ['dataset: MNIST', '3:10', 'did you mean "mnist"?'],
  ['dataset: x.npy', '3:10', 'files are written {npy: x.npy, labels: …}'],
  ['dataset: images/', '3:10', 'files are written {imagefolder: images/}'],
  ['dataset: cifar10', '2:8', 'takes points of shape [1,28,28], dataset cifar10 has [3,32,32]'],
  ['K: 10001', '4:4', 'cannot be drawn from the 10000 points of mnist'],
  ['output: probs', '9:9', 'expected one of logits, softmax, or a list, found "probs"'],
  ['schemes: bacc', '8:10', 'expected a list, found "bacc"'],
  ['schemes: [constructor]', '8:11', 'unknown scheme "constructor"'],
  ['schemes: [bacc: {__proto__: {nodes: legacy}}]', '8:18', 'no key is called "__proto__"'],
  ['schemes: [bacc: {constructor: 1}]', '8:18', 'unknown key "constructor"'],
  ['schemes: [bacc: {label: "a\\e[31mb"}]', '8:25', 'U+001B'],
  ['schemes: [bacc: {label: "a\\nb"}]', '8:25', 'U+000A'],
  ['stragglers: {deadline: {after: 1e400s, latency: {trace: [1s]}}}', '9:32', '"1e400s" is no duration'],
  [
    'stragglers: {deadline: {after: 10, latency: {trace: [1s]}}}',
    '9:32',
    'after: a duration has a unit; write 10ms or 10s',
  ],
  ['stragglers: {deadline: {after: 1e300s, latency: {trace: [1s]}}}', '9:32', '"1e300s" is too long: at most 1e9s'],
  ['tune: 3', '9:7', 'expected a map such as {key: value}, found 3'],
  ['K: .inf', '4:4', 'found Infinity'],
  ['K: 99999999', '4:4', '99999999 is too many: at most 100000'],
  ['N: 100000000', '5:4', '100000000 is too many: at most 100000'],
  ['trials: 1000000000', '7:9', 'must be at most 10000000'],
  ['trials: 9007199254740991', '7:9', 'must be at most 10000000'],
  ['K: {from: 1, to: 1.0e+12, step: 1}', '4:4', 'stands for 1000000000000 values; a list has at most 10000'],
  ['schemes: [nercc: {lambdaEnc: {logspace: [1.0e-9, 1, 2147483648]}}]', '8:30', 'stands for 2147483648 values'],
  ['schemes: [nercc: {lambdaEnc: 1e-400}]', '8:30', '"1e-400" is too small for a number and would be 0; write 0'],
  ['K: *a', '4:4', 'unknown alias *a'],
  ['K: &a [*a]', '4:8', 'alias *a is inside the value it repeats'],
  ['K: !foo 10', '4:4', 'leave the tag'],
  ['K: 10\nK: 11', '5:1', 'this key is there twice'],
  ['K: [10', '5:1', ''],
])('%s is refused with its place and what would be right', (change, place, message) => {
  const said = refusal(config(change));
  expect(said).toContain(`t.yaml:${place}: `);
  expect(said).toContain(message);
  expect(said).not.toMatch(/Invalid input|found null|\p{Cc}/u);
});

test.each([
  ['K=&a [*a]', '--set K: alias *a is inside the value it repeats'],
  ['name.x=1', '--set name.x: name is "t", which has no keys inside'],
  ['__proto__.x=1', '--set __proto__.x: a key is'],
  ['trails=1', '--set trails: unknown key "trails"; did you mean "trials"?'],
  ['K=[', '--set K: '],
])('--set %s is refused', (override, message) => {
  expect(refusal(config(), [override])).toContain(message);
});

test('an override reaches inside a list and a map, and changes nothing that shares an alias', () => {
  const text = config('schemes: [bacc: &o {nodes: legacy}, nercc: *o]');
  const { data } = configDocument(text, 't.yaml', ['schemes.0.bacc.nodes=default', 'tune.trials=9']);
  expect(data.schemes).toEqual([{ bacc: { nodes: 'default' } }, { nercc: { nodes: 'legacy' } }]);
  expect(data.tune).toEqual({ trials: 9 });
});

test('what is large is refused at once, in a short line', () => {
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]'];
  for (const [now, before] of ['ba', 'cb', 'dc', 'ed', 'fe', 'gf', 'hg'])
    bomb.push(`${now}: &${now} [${Array(10).fill(`*${before}`).join(',')}]`);
  const million = Array.from({ length: 300_000 }, (_, i) => i).join(',');
  for (const text of [
    bomb.join('\n'),
    config(`name: ${'x'.repeat(10_000_000)}`),
    config(`model: ${'x'.repeat(500_000)}`),
    config(`K: [${million.slice(0, 900_000)}1]`),
    config(`K: ${'['.repeat(100_000)}`),
    `${'- '.repeat(100_000)}a\n`,
    config('K: {from: 1, to: 100, step: 1}', 'S: {from: 0, to: 20, step: 1}', 'E: {from: 0, to: 99, step: 1}'),
  ]) {
    const said = refusal(text);
    expect(said).toMatch(/^t\.yaml:\d+:\d+: ./);
    expect(said.length).toBeLessThan(500);
  }
});

test('fewer workers than queries is said', () => {
  const { data } = configDocument(config('K: 50'), 't.yaml');
  expect(makePlan(parseExperiment(data)).warnings).toEqual([expect.stringContaining('N = 40 workers for K = 50')]);
});

test.each([
  [['bench-suite', '--add', '*a'], '--add *a: unknown alias *a'],
  [['bench-suite', '--add', '&a [*a]'], 'alias *a is inside the value it repeats'],
  [['advise', '--model', '{onnx: &a [*a]}', '--dataset', 'mnist'], '--model {onnx: &a [*a]}: alias *a is inside'],
  [['advise', '--model', 'lenet5-mnist', '--dataset', 'mnist', '--stragglers', '1e9'], 'at most 100000 are tried'],
  [['inspect', 'nodes', '--K', '1e9', '--N', '1e9'], 'each is at most 100000'],
])('%j is refused in one line', async (words, message) => {
  const { code, stderr } = await cli(...words);
  expect([code, stderr.trim().split('\n').length]).toEqual([2, 1]);
  expect(stderr).toContain(message);
});
