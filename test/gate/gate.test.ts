import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { checkRun, gateExitCodes, type RunResults } from '../../src/gate/gate.ts';
import { gateAnnotations, gateMarkdown, gateText } from '../../src/gate/report.ts';
import type { MeasuredName } from '../../src/metrics/measured.ts';
import { trainingMetrics } from '../../src/metrics/training.ts';
import type { Manifest } from '../../src/results/manifest.ts';
import type { SummaryRow } from '../../src/results/read.ts';
import { readManifest, readResults, readSummary } from '../../src/results/read.ts';
import { sha256 } from '../../src/util/files.ts';
import { temporaryFolder } from '../helpers/folder.ts';
import { manifest, summaryRow, writeRun } from '../helpers/run.ts';

/** `n` values with mean and standard deviation near those given; deterministic. */
function values(n: number, mean: number, std: number): number[] {
  return Array.from({ length: n }, (_, i) => mean + std * (i % 2 === 0 ? 1 : -1));
}

function run(rows: readonly SummaryRow[], meta: Partial<Manifest> = {}): RunResults {
  return { manifest: manifest({ trials: Math.max(0, ...rows.map(({ trials }) => trials)), ...meta }), rows };
}

const cell = (mse: number, changes = {}) =>
  summaryRow(changes, { mse: values(100, mse, 0.1), relacc: values(100, 0.95, 0.02) });

describe('runs with the same seed', () => {
  const reference = run([cell(1)]);

  it('agree up to 1e-4 relative, in mean and in standard deviation', () => {
    expect(checkRun(run([cell(1 + 9e-5)]), reference)).toMatchObject({ outcome: 'same', mode: 'exact' });
    expect(checkRun(run([cell(1 + 2e-4)]), reference).outcome).toBe('worse');
    expect(checkRun(run([cell(1 - 2e-4)]), reference).outcome).toBe('better');
    const wider = summaryRow({}, { mse: values(100, 1, 0.101), relacc: values(100, 0.95, 0.02) });
    expect(checkRun(run([wider]), reference).outcome).toBe('worse');
  });

  it('may differ by single precision where an error is zero', () => {
    const exact = run([summaryRow({}, { mse: values(10, 0, 0) })]);
    const rounded = run([summaryRow({}, { mse: values(10, 3e-13, 1e-13) })]);
    expect(checkRun(rounded, exact).outcome).toBe('same');
  });

  it('compare each statistic relative to itself', () => {
    const one = (statistics: { mean: number; std: number; sem: number }) => {
      const row = cell(1);
      return run([{ ...row, metrics: new Map(row.metrics).set('mse', statistics) }]);
    };
    const wide = { mean: 0.01, std: 1, sem: 0.1 };
    expect(checkRun(one({ ...wide, mean: 0.01009 }), one(wide)).outcome).toBe('worse');
    expect(checkRun(one({ ...wide, sem: 0.101 }), one(wide)).outcome).toBe('worse');
    // rounding of values near 1000 moves a small spread by more than its own 1e-4
    const narrow = { mean: 1000, std: 0.01, sem: 0.001 };
    expect(checkRun(one({ ...narrow, std: 0.0101 }), one(narrow)).outcome).toBe('same');
    const infinite = { mean: Infinity, std: NaN, sem: NaN };
    expect(checkRun(one(infinite), one(infinite)).outcome).toBe('same');
    expect(checkRun(one(infinite), one(wide)).outcome).toBe('worse');
    expect(checkRun(one({ ...infinite, mean: -Infinity }), one(infinite)).outcome).not.toBe('same');
  });

  it('call a cell with more failed trials worse, and compare the others exactly all the same', () => {
    const of = (n: number, mse: number, S: number) =>
      summaryRow({ S }, { mse: values(n, mse, 0.1), relacc: values(n, 0.95, 0.02) });
    const whole = run([of(20, 1, 10), of(20, 1, 20)]);
    const failed = run([of(2, 1, 10), of(20, 1, 20)]);
    const result = checkRun(failed, whole);
    expect(result).toMatchObject({ outcome: 'worse', mode: 'mixed' });
    expect(result.comparisons.filter(({ verdict }) => verdict !== 'same')).toHaveLength(1);
    expect(gateText(result)).toMatch(
      /^WORSE {2}BACC S=10 {2}completed {2}0 of 20 trials failed -> 18 of 20 trials failed {2}\(-90 %/m,
    );
    expect(checkRun(whole, failed)).toMatchObject({ outcome: 'better', mode: 'mixed' });
    expect(checkRun(failed, failed)).toMatchObject({ outcome: 'same', mode: 'exact' });

    const moved = checkRun(run([of(2, 1, 10), of(20, 1.05, 20)]), failed);
    expect(moved).toMatchObject({ outcome: 'worse', mode: 'exact' });
  });

  it('compare what only a training has', () => {
    const training = (changes: object, options = '') => {
      const values = { loss: 0.1, exact: 1, failed_iterations: 0, awaiting_iterations: 3, total_s: 2, ...changes };
      const statistics = Object.entries(values).map(
        ([name, mean]) => [name as MeasuredName, { mean, std: NaN, sem: NaN }] as const,
      );
      const row = summaryRow({ options }, { accuracy: [0.96] });
      return run([{ ...row, metrics: new Map([...row.metrics, ...statistics]) }]);
    };
    const reference = training({});
    expect(checkRun(training({}), reference)).toMatchObject({ outcome: 'same' });
    for (const changes of [{ loss: 99 }, { loss: 0.0999 }, { exact: 0 }, { failed_iterations: 60 }, { total_s: 1.9 }])
      expect([changes, checkRun(training(changes), reference).outcome]).toEqual([changes, 'worse']);
    const [row] = readSummary('results/reference/avcc-adaptive').slice(2);
    expect([...row!.metrics.keys()]).toEqual(expect.arrayContaining(trainingMetrics.map(({ name }) => name)));
    expect(row!.metrics.get('awaiting_iterations')).toEqual({ mean: 3, std: NaN, sem: NaN });
    // measured on a clock: of this machine
    const clocked = training({}, 'clock=threads');
    expect(checkRun(training({ total_s: 3, awaiting_iterations: 4 }, 'clock=threads'), clocked).outcome).toBe('same');
    expect(checkRun(training({ failed_iterations: 60 }, 'clock=threads'), clocked).outcome).toBe('worse');
  });

  it('are judged as other samples when the trials are not the same', () => {
    const shorter = run([summaryRow({}, { mse: values(50, 1.001, 0.1), relacc: values(50, 0.95, 0.02) })]);
    expect(checkRun(shorter, reference)).toMatchObject({ outcome: 'same', mode: 'statistical' });
  });
});

describe('runs with different seeds', () => {
  const reference = run([cell(1)], { seed: 1 });
  const other = (rows: readonly SummaryRow[]) => run(rows, { seed: 2 });

  it('are the same within the noise and moved beyond it', () => {
    expect(checkRun(other([cell(1.02)]), reference).outcome).toBe('same');
    const worse = checkRun(other([cell(1.2)]), reference);
    expect(worse).toMatchObject({ outcome: 'worse', mode: 'statistical' });
    const [moved] = worse.comparisons.filter(({ verdict }) => verdict !== 'same');
    expect(moved!.metric.name).toBe('mse');
    // 0.2 / (0.1 √(2/99)): both standard errors
    expect(moved!.z).toBeCloseTo(0.2 / (0.1 * Math.sqrt(2 / 99)), 6);
  });

  it('call a better result a failure unless it is allowed', () => {
    const better = other([cell(0.8)]);
    expect(checkRun(better, reference).outcome).toBe('better');
    const allowed = checkRun(better, reference, { allowBetter: true });
    expect(allowed.outcome).toBe('same');
    expect(gateText(allowed).trim().split('\n').at(-1)).toMatch(
      /^better than the reference, as --allow-better permits/,
    );
    expect(gateText(checkRun(other([cell(1)]), reference))).toMatch(/same: nothing moved\n$/);
    const gained = other([summaryRow({}, { mse: values(100, 1, 0.1), relacc: values(100, 1, 0.02) })]);
    expect(checkRun(gained, reference).outcome).toBe('better');
  });

  it('correct for the number of cells: one value at 3.5 standard errors is no alarm among 100', () => {
    const at = 1 + 3.5 * 0.1 * Math.sqrt(2 / 99);
    const cells = (first: number) => Array.from({ length: 100 }, (_, S) => cell(S === 0 ? first : 1, { S }));
    expect(checkRun(other([cell(at)]), reference).outcome).toBe('worse');
    expect(checkRun(other(cells(at)), run(cells(1))).outcome).toBe('same');
  });

  it('are stricter or laxer with --z', () => {
    const at = other([cell(1 + 3.5 * 0.1 * Math.sqrt(2 / 99))]);
    expect(checkRun(at, reference, { z: 5 }).outcome).toBe('same');
  });

  it('do not take a few equal shares for certainty', () => {
    const share = (value: number, n: number) => [summaryRow({}, { relacc: values(n, value, 0) })];
    // 3 trials of 20 queries: no error against one in each is nothing unusual; 200 trials settle it
    expect(checkRun(other(share(0.95, 3)), run(share(1, 3))).outcome).toBe('same');
    expect(checkRun(other(share(0.95, 200)), run(share(1, 200))).outcome).toBe('worse');
  });

  it('notice that a base model moved, in either direction', () => {
    const base = (value: number) => [summaryRow({}, { base_accuracy: values(100, value, 0.01) })];
    expect(checkRun(other(base(0.99)), run(base(0.9))).outcome).toBe('worse');
    expect(checkRun(other(base(0.9)), run(base(0.99))).outcome).toBe('worse');
  });

  it('notice a metric that is no longer defined', () => {
    const lost = [summaryRow({}, { mse: [], relacc: values(100, 0.95, 0.02), accuracy: values(100, 0.9, 0.1) })];
    const had = [
      summaryRow({}, { mse: values(100, 1, 0.1), relacc: values(100, 0.95, 0.02), accuracy: values(100, 0.9, 0.1) }),
    ];
    expect(checkRun(other(lost), run(had)).outcome).toBe('worse');
  });

  it('notice a mean that is no longer finite', () => {
    const infinite = summaryRow({}, { mse: values(100, 1, 0.1), relacc: values(100, 0.95, 0.02) });
    const moved = new Map(infinite.metrics).set('mse', { mean: Infinity, std: NaN, sem: NaN });
    const row = { ...infinite, metrics: moved };
    expect(checkRun(other([row]), reference).outcome).not.toBe('same');
    expect(checkRun(run([row], { seed: 1 }), reference).outcome).toBe('worse');
  });

  it('do not pass numbers that contradict each other', () => {
    const row = cell(1);
    const blank = { ...row, metrics: new Map(row.metrics).set('mse', { mean: 1.5, std: NaN, sem: 0.01 }) };
    for (const results of [checkRun(other([blank]), reference), checkRun(other([cell(1)]), run([blank]))])
      expect(results.comparisons.filter(({ verdict }) => verdict !== 'same')).toHaveLength(1);
  });

  it('notice that more trials fail than the reference explains', () => {
    const of = (n: number) => [cell(1, { S: 10 }), summaryRow({ S: 20 }, { mse: values(n, 1, 0.1) })];
    const completed = (n: number) => checkRun(other(of(n)), run(of(90), { seed: 1 }));
    expect(completed(88).outcome).toBe('same');
    expect(completed(50).outcome).toBe('worse');
    expect(checkRun(other(of(90)), run(of(50))).outcome).toBe('better');
  });

  it('say nothing where all trials failed on both sides', () => {
    const none = run([summaryRow({}, { mse: [] })], { trials: 10 });
    expect(checkRun(none, none)).toMatchObject({ outcome: 'nothingCompared', cells: 1 });
  });

  it('say nothing about one trial', () => {
    const single = (mse: number) => [summaryRow({}, { mse: [mse] })];
    expect(checkRun(other(single(5)), run(single(1)))).toMatchObject({ outcome: 'nothingCompared', untested: 1 });
  });
});

describe('identity and cells', () => {
  it('refuses another experiment: config, digests or versions', () => {
    const base = manifest();
    const others: Partial<Manifest>[] = [
      { config: { ...base.config, model: 'other' } },
      { digests: { ...base.digests, data: { mnist: 'c'.repeat(64) } } },
      { versions: { ...base.versions, onnxruntime: '1.31.0' } },
    ];
    for (const meta of others) {
      const result = checkRun(run([cell(1)], meta), run([cell(1)]));
      expect(result).toMatchObject({ outcome: 'different', comparisons: [] });
      expect(result.differences).toHaveLength(1);
    }
    expect(checkRun(run([cell(1)], others[2]), run([cell(1)]), { anyVersion: true }).outcome).toBe('same');
  });

  it('does not mind another number of trials, another Node version or another look of the figures', () => {
    const base = manifest();
    const meta = {
      config: { ...base.config, trials: 99, figures: [{ x: 'S', y: 'mse' }] },
      versions: { ...base.versions, node: '24.0.0' },
    };
    expect(checkRun(run([cell(1)], meta), run([cell(1)])).outcome).toBe('same');
  });

  it('matches tuned cells whatever λ came out, and others by their λ', () => {
    const at = (lambda_dec: number, options: string) =>
      cell(1, { scheme: 'NeRCC', lambda_enc: 0, lambda_dec, options });
    expect(checkRun(run([at(1e-6, 'tune=true')]), run([at(1e-7, 'tune=true')])).outcome).toBe('same');
    expect(checkRun(run([at(1e-6, '')]), run([at(1e-7, '')]))).toMatchObject({ outcome: 'nothingCompared', cells: 0 });
  });

  it('has the precedence 6, 3, 1, 5, 4', () => {
    const two = (a: number, b: number) => [cell(a, { S: 10 }), cell(b, { S: 20 })];
    const codes = (result: ReturnType<typeof checkRun>) => gateExitCodes[result.outcome];
    const other = { config: { name: 'another' } };
    expect(codes(checkRun(run([], other), run(two(1, 1))))).toBe(6);
    expect(codes(checkRun(run([]), run(two(1, 1))))).toBe(3);
    expect(codes(checkRun(run(two(2, 0.5)), run([...two(1, 1), cell(1, { S: 30 })])))).toBe(1);
    expect(codes(checkRun(run(two(0.5, 0.5)), run([...two(1, 1), cell(1, { S: 30 })])))).toBe(5);
    expect(codes(checkRun(run([...two(1, 1), cell(1, { S: 30 })]), run(two(1, 1))))).toBe(5);
    expect(codes(checkRun(run(two(0.5, 1)), run(two(1, 1))))).toBe(4);
    expect(codes(checkRun(run(two(1, 1)), run(two(1, 1))))).toBe(0);
  });
});

describe('reports', () => {
  const result = checkRun(
    run([cell(1.2, { S: 10 }), cell(1, { S: 20 })], { seed: 2 }),
    run([cell(1, { S: 10 }), cell(1, { S: 20 }), cell(1, { S: 30 })]),
  );

  it('say in text what moved and by how many standard errors', () => {
    const text = gateText(result);
    expect(text).toMatch(
      /^WORSE {2}BACC S=10 {2}mse {2}1 ± 0\.01 -> 1\.2 ± 0\.01 {2}\(\+20 %, \+14\.1 standard errors\)$/m,
    );
    expect(text).toMatch(/^MISSING BACC S=30 {2}not in the run$/m);
  });

  it('are a Markdown table and GitHub annotations', () => {
    expect(gateMarkdown(result, { run: 'a', reference: 'b' })).toContain(
      '| BACC | 10 | mse | 1 ± 0.01 | 1.2 ± 0.01 | +20 %, +14.1 standard errors | worse |',
    );
    const annotations = gateAnnotations(result).trim().split('\n');
    expect(annotations).toHaveLength(3);
    expect(annotations[0]).toMatch(/^::error title=mse is worse::BACC S=10: .*\+20 %25/);
    for (const line of annotations) expect(line).toMatch(/^::(error|warning|notice) title=[^:,]*::./);
  });
});

describe('a metric that no trial of one side defines', () => {
  const seeds = (run: readonly number[]) => {
    const side = (degraded: readonly number[], seed: number) => ({
      manifest: manifest({ seed, trials: 100 }),
      rows: [summaryRow({}, { mse: values(100, 1, 0.1), degraded })],
    });
    return checkRun(side(run, 2), side([], 1), { z: 3, allowBetter: false, anyVersion: false });
  };

  it('has not moved when few trials of the other side do', () => {
    for (const few of [
      [0, 0],
      [0, 1],
      [0, 1, 1, 0],
    ])
      expect(seeds(few).outcome).toBe('same');
  });

  it('has moved when many do', () => {
    expect(seeds(values(40, 0.5, 0.1)).outcome).not.toBe('same');
  });
});

describe('the commands', () => {
  afterEach(() => {
    process.exitCode = undefined;
    vi.restoreAllMocks();
  });

  async function approxifer(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const output = { out: '', err: '' };
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      output.out += text;
      return true;
    });
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      output.err += text;
      return true;
    });
    process.exitCode = undefined;
    await main(['node', 'approxifer', ...args]);
    vi.restoreAllMocks();
    return { code: Number(process.exitCode ?? 0), ...output };
  }

  it('check sets the exit code and writes its reports', async () => {
    const reference = writeRun([cell(1)]);
    const worse = writeRun([cell(2)]);
    const report = path.join(temporaryFolder(), 'report.md');
    expect((await approxifer('check', reference, '--against', reference)).code).toBe(0);
    const { code, out } = await approxifer('check', worse, '--against', reference, '--json', '--report', report);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      outcome: 'worse',
      exit_code: 1,
      moved: [{ metric: 'mse', verdict: 'worse' }],
    });
    expect(readFileSync(report, 'utf8')).toContain('| BACC | mse | 1 ±');
  });

  it('check prints JSON and annotations apart, and the result even where the report cannot be written', async () => {
    const reference = writeRun([cell(1)]);
    const worse = writeRun([cell(2)]);
    const words = ['check', worse, '--against', reference];
    const both = await approxifer(...words, '--json', '--github');
    expect(JSON.parse(both.out)).toMatchObject({ outcome: 'worse' });
    expect(both.err).toMatch(/^::error title=mse is worse::/);
    expect((await approxifer(...words, '--github')).out).toMatch(/^::error title=mse is worse::/m);

    const file = path.join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    const { code, out, err } = await approxifer(...words, '--report', path.join(file, 'report.md'));
    expect(code).toBe(70);
    expect(out).toMatch(/^WORSE {2}BACC {2}mse/);
    expect(err).toMatch(/^approxifer: \S+report\.md: cannot be written: a part of its path is not a folder\n$/);
  });

  it('check and diff refuse what is no run with exit code 2 and one line', async () => {
    const reference = writeRun([cell(1)]);
    const broken = writeRun([cell(1)]);
    const summary = path.join(broken, 'summary.csv');
    for (const [folder, pattern] of [
      ['/nowhere', /no such folder/],
      [temporaryFolder(), /has no manifest\.json/],
    ] as const) {
      const { code, err } = await approxifer('check', folder, '--against', reference);
      expect([code, err.trim().split('\n').length]).toEqual([2, 1]);
      expect(err).toMatch(pattern);
    }
    for (const [spoil, pattern] of [
      [(text: string) => text.slice(0, -7), /cut off/],
      [(text: string) => text.replace('mse_mean', 'mse'), /no column mse_mean/],
      [(text: string) => text.replace(/,100,/, ',many,'), /summary\.csv:2: .*"many", expected a number/],
    ] as const) {
      writeRun([cell(1)], manifest(), broken);
      writeFileSync(summary, spoil(readFileSync(summary, 'utf8')));
      const { code, err } = await approxifer('check', broken, '--against', reference);
      expect(code).toBe(2);
      expect(err).toMatch(pattern);
    }
    writeFileSync(path.join(broken, 'manifest.json'), JSON.stringify({ ...manifest(), format: 99 }));
    expect((await approxifer('diff', broken, reference)).err).toMatch(/has format 99, this approxifer reads format 1/);
  });

  it('take no summary that is not of the manifest for the same, and none that has a cell twice', async () => {
    const reference = path.join(temporaryFolder(), 'reference');
    await approxifer('accept', writeRun([cell(1)]), '--to', reference);
    const broken = path.join(temporaryFolder(), 'broken');
    await approxifer('accept', writeRun([cell(9)]), '--to', broken);
    const [good, bad] = [reference, broken].map((folder) => path.join(folder, 'summary.csv')) as [string, string];
    cpSync(good, bad);
    for (const words of [
      ['check', broken, '--against', reference],
      ['check', reference, '--against', broken],
      ['accept', broken, '--to', path.join(temporaryFolder(), 'other')],
    ]) {
      const { code, err } = await approxifer(...words);
      expect([code, err.trim().split('\n').length]).toEqual([2, 1]);
      expect(err).toContain(`${bad}: is not what the run wrote`);
    }
    const diff = await approxifer('diff', broken, reference);
    expect([diff.code, diff.err]).toEqual([0, expect.stringContaining(`${bad}: is not what the run wrote`)]);
    cpSync(path.join(writeRun([cell(5)]), 'summary.csv'), bad);
    const moved = await approxifer('check', broken, '--against', reference);
    expect([moved.code, moved.err]).toEqual([1, expect.stringContaining(`${bad}: is not what the run wrote`)]);
    writeFileSync(good, readFileSync(good, 'utf8').replace(/\n/g, '\r\n')); // as a checkout on Windows may do
    expect((await approxifer('check', reference, '--against', reference)).code).toBe(0);

    const tuned = (lambda_dec: number) => cell(1, { scheme: 'NeRCC', lambda_enc: 0, lambda_dec, options: 'tune=true' });
    const doubled = writeRun([cell(1), tuned(0), tuned(1)]);
    const { code, err } = await approxifer('check', doubled, '--against', doubled);
    expect([code, err]).toEqual([2, expect.stringMatching(/summary\.csv:4: has the cell of line 3 again/)]);
  });

  it('read every reference of this repository', () => {
    const root = 'results/reference';
    for (const name of readdirSync(root)) {
      const { manifest } = readResults(path.join(root, name));
      expect(manifest.files_sha256?.['summary.csv'] ?? manifest.summary_sha256, name).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  it('refuse a run that is not finished', async () => {
    const reference = writeRun([cell(1)]);
    const unfinished = writeRun([cell(1)], manifest({ status: 'running' }));
    const target = path.join(temporaryFolder(), 'reference');
    for (const words of [
      ['check', unfinished, '--against', reference],
      ['check', reference, '--against', unfinished],
      ['diff', reference, unfinished],
      ['accept', unfinished, '--to', target],
    ]) {
      const { code, err } = await approxifer(...words);
      expect([code, existsSync(target)]).toEqual([2, false]);
      expect(err).toContain('is not finished');
    }
  });

  it('diff shows only what differs', async () => {
    const a = writeRun([cell(1, { S: 10 }), cell(1, { S: 20 })]);
    const b = writeRun(
      [cell(1.5, { S: 10 }), cell(1, { S: 20 }), cell(1, { S: 30 })],
      manifest({ seed: 7, config: { ...manifest().config, seed: 7 } }),
    );
    const { code, out } = await approxifer('diff', a, b);
    expect(code).toBe(0);
    expect(out).toMatch(/^config\.seed +1 +7$/m);
    expect(out).toMatch(/^BACC S=10 +mse +1 ± 0\.01 +1\.5 ± 0\.01 +\+50 %/m);
    expect(out).toMatch(/^BACC S=30 +\S*$/m);
    expect(out).not.toContain('S=20');
    expect(out).not.toContain('config.model');
  });

  it('diff shows what differs most first, and not what differs by less than a standard error', async () => {
    const run = (...means: number[]) =>
      writeRun(means.map((mean, i) => summaryRow({ S: 10 * (i + 1) }, { mse: values(10, mean, 0.1) })));
    const { out } = await approxifer('diff', run(1, 1, 1), run(1.001, 1.2, 3));
    expect([...out.matchAll(/^BACC S=(\d+) +mse/gm)].map(([, S]) => S)).toEqual(['30', '20']);
    expect(out).toMatch(/^3 values differ \(1 by less than a standard error, not shown/m);
  });

  it('diff shows tuned λ, failed trials, metrics of one side and what only a training has', async () => {
    const nercc = (lambda_dec: number, S: number, n = 10) =>
      summaryRow({ scheme: 'NeRCC', S, lambda_enc: 0, lambda_dec, options: 'tune=true' }, { mse: values(n, 1, 0.1) });
    const recall = summaryRow({ S: 30 }, { mse: values(10, 1, 0.1), locate_recall: values(10, 1, 0) });
    const a = writeRun([nercc(1e-6, 10), nercc(1e-6, 20)]);
    const b = writeRun([nercc(1e-7, 10), nercc(1e-6, 20, 8), recall]);
    const { code, out } = await approxifer('diff', a, b);
    expect(code).toBe(0);
    expect(out).toMatch(/^NeRCC S=10 +lambda_dec +1e-6 +1e-7$/m);
    expect(out).toMatch(/^NeRCC S=20 +failed_trials +0 +2 +\+2$/m);
    expect(out).not.toMatch(/^NeRCC.*S=20 +lambda/m);
    expect(out).toMatch(/^metric +only in\nlocate_recall +\S+$/m);
    expect(JSON.parse((await approxifer('diff', a, b, '--json')).out)).toMatchObject({
      tuned: [{ lambda: 'lambda_dec', a: 1e-6, b: 1e-7 }],
      metricsOnlyA: [],
      metricsOnlyB: ['locate_recall'],
    });

    const other = temporaryFolder();
    for (const name of ['manifest.json', 'summary.csv']) {
      const text = readFileSync(`results/reference/avcc-adaptive/${name}`, 'utf8');
      writeFileSync(path.join(other, name), text.replace(/ +"summary_sha256".*\n/, '').replaceAll('0.1059', '0.2059'));
    }
    const trainings = await approxifer('diff', 'results/reference/avcc-adaptive', other);
    expect(trainings.out.match(/^\S.* loss +0\.10591 +0\.20591 /gm)).toHaveLength(3);
  });

  it('accept makes a reference without the machine that check then agrees with', async () => {
    const dataFolder = temporaryFolder();
    const meta = manifest({
      machine: { cpu: 'some processor' },
      times: { started: 'then' },
      config: { ...manifest().config, dataset: { npy: path.join(dataFolder, 'points.npy') } },
    });
    const folder = writeRun([cell(1)], meta);
    const target = path.join(temporaryFolder(), 'reference', 'synthetic');
    expect((await approxifer('accept', folder, '--to', target)).code).toBe(0);
    expect(readdirSync(target).sort()).toEqual(['manifest.json', 'summary.csv', 'table.md']);
    const text = readFileSync(path.join(target, 'manifest.json'), 'utf8');
    expect(text).not.toMatch(/some processor|then/);
    expect(text).not.toContain(dataFolder);
    expect(readManifest(target).accepted).toMatchObject({ from: path.basename(folder), by_version: '0.1.0' });
    expect(readSummary(target)).toEqual(readSummary(folder));

    const { config, config_sha256 } = readManifest(target);
    expect(config_sha256).toBe(sha256(JSON.stringify(config)));
    expect((await approxifer('check', folder, '--against', target)).code).toBe(0);
    const other = writeRun([cell(1)], { ...meta, digests: { ...meta.digests, data: { points: 'c'.repeat(64) } } });
    expect((await approxifer('check', other, '--against', target)).code).toBe(6);

    const next = writeRun([cell(2)], manifest({ seed: 2 }));
    expect((await approxifer('accept', next, '--to', target)).code).toBe(0);
    expect(readManifest(target).seed).toBe(2);
    expect(readdirSync(path.dirname(target))).toEqual(['synthetic']);
    expect((await approxifer('check', next, '--against', target)).code).toBe(0);
  });

  it('accept replaces a reference and nothing else', async () => {
    const root = temporaryFolder();
    const place = (...parts: string[]) => path.join(root, ...parts);
    const run = writeRun([cell(1)], manifest(), place('runs', 'a'));
    writeRun([cell(2)], manifest(), place('reference', 'a'));
    mkdirSync(place('runs', 'a', 'figures'));
    mkdirSync(place('notes'));
    writeFileSync(place('notes', 'table.md'), 'of mine');
    writeFileSync(place('file'), 'of mine');
    const otherRun = writeRun([cell(1)], manifest(), place('runs', 'b'));
    writeFileSync(path.join(otherRun, 'trials.csv'), 'hours of work');
    const before = readdirSync(root, { recursive: true }).sort();
    for (const [target, pattern] of [
      [place('reference'), /holds a, which no reference has; give --to a new folder/],
      [otherRun, /holds trials\.csv/],
      [place('notes'), /has no manifest\.json/],
      [place('file'), /is not a folder/],
      [place('file', 'x'), /cannot be written there \((EEXIST|ENOTDIR)\); choose another folder with --to/],
      [run, /is the run itself/],
      [place('runs'), /the run lies in this folder/],
      [place('runs', 'a', 'reference'), /lies in the folder of the run/],
    ] as const) {
      const { code, err } = await approxifer('accept', run, '--to', target);
      expect([code, err.trim().split('\n').length]).toEqual([2, 1]);
      expect(err).toMatch(pattern);
      expect(readdirSync(root, { recursive: true }).sort()).toEqual(before);
    }
    mkdirSync(place('empty'));
    symlinkSync(place('reference', 'a'), place('link'));
    for (const target of [place('empty'), place('link'), place('reference', 'a')])
      expect((await approxifer('accept', run, '--to', target)).code).toBe(0);
    expect(readSummary(place('reference', 'a'))).toEqual(readSummary(run));
    expect(lstatSync(place('link')).isSymbolicLink()).toBe(true);
  });

  it('accept refuses a run with failed cells and leaves the reference as it was', async () => {
    const folder = writeRun([cell(1)]);
    writeFileSync(
      path.join(folder, 'failures.csv'),
      `experiment,model,dataset,output,scheme,K,N,S,E,lambda_enc,lambda_dec,order,stragglers,attack,options,trial,reason\n${'x,'.repeat(4)}BACC,1,1,1,0,,,given,uniform,,,3,why\n`,
    );
    const target = path.join(temporaryFolder(), 'reference');
    const { code, err } = await approxifer('accept', folder, '--to', target);
    expect([code, existsSync(target)]).toEqual([2, false]);
    expect(err).toContain('1 cell failed');
  });
});
