import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { cli } from '../helpers/cli.ts';
import { temporaryFolder } from '../helpers/folder.ts';
import { hasNumPy } from '../helpers/python.ts';

const launcher = fileURLToPath(new URL('../../bin/approxifer.js', import.meta.url));

/** A scheme whose decoder is given line by line, in a folder with a config. */
function folderWith(decode: string, { params = '{}', timeout = '20s' } = {}) {
  const folder = temporaryFolder();
  const script = path.join(folder, 'own.py');
  const config = path.join(folder, 'c.yaml');
  writeFileSync(
    config,
    `name: own
model: lenet5-mnist
dataset: mnist
K: 2
N: 4
S: 1
trials: 20
schemes: [bacc, {external: {command: [python3, own.py], label: Own, timeout: ${timeout}, params: ${params}}}]
`,
  );
  const out = path.join(folder, 'out');
  const write = (body: string) =>
    writeFileSync(
      script,
      `import os, sys, time
import numpy as np
import approxifer
from approxifer import wire

class Own:
    def __init__(self, fails=False):
        self.fails, self.seen, self.first = fails, set(), None
    def encoding_matrix(self, K, N):
        return np.tile(np.eye(K), (N // K, 1))
    def right(self, answers, survivors, batch):
        return np.stack([answers[survivors % batch.K == k].mean(axis=0) for k in range(batch.K)])
    def decode(self, answers, survivors, batch):
        # the first request comes twice, and then never again
        if batch.seed in self.seen and self.first is None:
            self.first = set(self.seen)
        self.seen.add(batch.seed)
        fails = self.fails and self.first is not None and batch.seed not in self.first
${body.replace(/^/gm, '        ')}
        return self.right(answers, survivors, batch)

approxifer.serve(Own)
`,
    );
  write(decode);
  const run = () => cli('run', config, '--out', out, '--jobs', '1');
  const journal = path.join(out, 'trials.journal.csv');
  const done = () => (existsSync(journal) ? (readFileSync(journal, 'utf8').match(/^#/gm)?.length ?? 0) : 0);
  return { folder, config, out, write, run, done };
}

/** The one line that the command line says of a fault. */
const fault = (stderr: string) => stderr.split('\n').filter((line) => line.startsWith('approxifer: '));

const lateFault = "if fails and not os.path.exists('mended'): ";
const cases: [what: string, decode: string, message: RegExp][] = [
  [
    'rubbish',
    `${lateFault}os.write(wire_fd, b'hello world')`,
    /wrote to its standard output what is no message: .*hello world.*print to stderr/,
  ],
  [
    'an exit',
    `${lateFault}print('no licence', file=sys.stderr); sys.stderr.flush(); os._exit(3)`,
    /ended with exit code 3 before it answered; the last it said: no licence; mend it/,
  ],
  [
    'another shape',
    `${lateFault}return np.zeros((batch.K, 3))`,
    /failed: ValueError: decode gave an array of shape \(2, 3\); right is \(2, 10\)/,
  ],
  [
    'an exception',
    `${lateFault}raise KeyError('weights')`,
    /failed: KeyError: 'weights'; mend it and run the same command again/,
  ],
  ['a hang', `${lateFault}time.sleep(60)`, /did not answer "decode" within 1.0 s.*timeout:/],
];

test.skipIf(!hasNumPy).each(cases)(
  '%s is one line with the cure; finished trials stay',
  async (what, decode, message) => {
    const own = folderWith(
      decode.replace('wire_fd', "[int(f) for f in os.listdir('/proc/self/fd') if int(f) > 2][0]"),
      {
        params: '{fails: true}', // in the second request
        timeout: what === 'a hang' ? '1s' : '20s',
      },
    );
    const { code, stderr } = await own.run();
    expect(code).toBe(2);
    const lines = fault(stderr);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(message);
    expect(lines[0]).toMatch(/c\.yaml|Own \(python3 own\.py\)/);
    expect(own.done()).toBeGreaterThan(0);
    expect(own.done()).toBeLessThan(20);
    if (what !== 'rubbish') return; // mending is the same for all
    // what was wrong lay outside of the script
    writeFileSync(path.join(own.folder, 'mended'), '');
    const again = await own.run();
    expect(again.stderr).toContain('results in');
    expect(again.code).toBe(0);
  },
);

test.skipIf(!hasNumPy)(
  'trials of two versions of a script are not mixed, but one that never worked may be mended',
  async () => {
    const own = folderWith("raise KeyError('weights')");
    expect((await own.run()).code).toBe(2);
    own.write("if fails: raise KeyError('weights')\n");
    const config = readFileSync(own.config, 'utf8');
    writeFileSync(own.config, config.replace('params: {}', 'params: {fails: true}'));
    expect((await own.run()).code).toBe(2); // another config, so a refusal
    writeFileSync(own.config, config);
    own.write('pass');
    expect((await own.run()).code).toBe(0);
    own.write('pass # of another mind');
    const { code, stderr } = await own.run();
    expect(code).toBe(2);
    expect(fault(stderr)[0]).toMatch(/holds trials of another version of Own: own.py .*choose another folder/);
  },
);

test.skipIf(!hasNumPy)('NaN is a failed cell, and a DecodeFailure too', async () => {
  const nan = folderWith('return np.full((batch.K, batch.m), np.nan)');
  const { code } = await nan.run();
  expect(code).toBe(1);
  const failures = readFileSync(path.join(nan.out, 'failures.csv'), 'utf8');
  expect(failures).toContain('output 0 of query 0 is NaN; decode must give finite numbers');
  expect(failures.trim().split('\n')).toHaveLength(1 + 20);
  const refused = folderWith("raise approxifer.DecodeFailure('too few \\x1b[31m\\n' + 'x' * 10000)");
  expect((await refused.run()).code).toBe(1);
  const reasons = readFileSync(path.join(refused.out, 'failures.csv'), 'utf8');
  expect(reasons).toContain('too few <U+001B>[31m xxx');
  expect(reasons.length).toBeLessThan(20 * 800);
});

test.skipIf(!hasNumPy)('an answer that is not the same twice, or comes twice, is refused', async () => {
  const random = folderWith('return np.random.rand(batch.K, batch.m)');
  const { code, stderr } = await random.run();
  expect(code).toBe(2);
  expect(fault(stderr)[0]).toMatch(/gave two answers to the same request; begin its random numbers with the seed/);
  const seeded = folderWith('return np.random.default_rng(batch.seed).random((batch.K, batch.m))');
  expect((await seeded.run()).code).toBe(0);
  const twice = folderWith(`pass`);
  const script = path.join(twice.folder, 'own.py');
  const text = readFileSync(script, 'utf8');
  writeFileSync(
    script,
    text.replace(
      'approxifer.serve(Own)',
      `import approxifer.scheme as s
write = s.write_message
s.write_message = lambda *a: (write(*a), write(*a))
approxifer.serve(Own)`,
    ),
  );
  const said = await twice.run();
  expect(said.code).toBe(2);
  expect(fault(said.stderr)[0]).toMatch(/answered request \d twice; a request has one answer/);
});

test('a program that is not there is named', async () => {
  const own = folderWith('pass');
  writeFileSync(own.config, readFileSync(own.config, 'utf8').replace('python3', 'python-of-nobody'));
  const { code, stderr } = await own.run();
  expect(code).toBe(2);
  expect(fault(stderr)[0]).toMatch(/c\.yaml:8:\d+: Own .*there is no program "python-of-nobody"/);
});

test.skipIf(!hasNumPy || process.platform === 'win32')(
  'Ctrl-C, which a terminal sends to all of a group, is an interrupt and no fault of the program',
  { timeout: 60_000 },
  async () => {
    const { config, out, done } = folderWith('time.sleep(0.01)');
    const child = spawn(process.execPath, [launcher, 'run', config, '--trials', '5000', '--jobs', '1', '--out', out], {
      detached: true,
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const ended = once(child, 'exit');
    const timer = setInterval(() => {
      if (done() === 0) return;
      clearInterval(timer);
      process.kill(-child.pid!, 'SIGINT');
    }, 20);
    expect(await ended).toEqual([130, null]);
    expect(said).toContain('interrupted');
    expect(said).not.toMatch(/Traceback|was ended by/);
  },
);
