import path from 'node:path';
import { type Command, Option } from 'commander';
import type { Candidate, Needs } from '../advice/candidates.ts';
import type { Measurement } from '../advice/choose.ts';
import type { Goal } from '../results/judge.ts';
import { UserError } from '../util/errors.ts';
import { counted } from '../util/text.ts';
import { jobsOption, wholeNumber } from './options.ts';
import { printJson } from './print.ts';
import type { SessionHooks } from './session.ts';

interface AdviseFlags {
  model: string;
  dataset: string;
  K: number;
  stragglers: string;
  liars: number;
  attack?: string;
  target: string;
  workers?: number;
  output: string;
  private?: boolean;
  trials: number;
  seed: number;
  out: string;
  jobs?: number;
  store: boolean;
  json?: boolean;
}

export function registerAdvise(program: Command): void {
  program
    .command('advise')
    .description(
      'which scheme, and how many workers: runs the small sweep that the question needs, replication included',
    )
    .requiredOption('--model <model>', 'as model: of a config, such as lenet5-mnist or {onnx: my.onnx}')
    .requiredOption('--dataset <data>', 'as dataset: of a config, such as mnist')
    .option('--K <number>', 'queries that are answered together', wholeNumber(1), 8)
    .option(
      '--stragglers <number or law>',
      'late workers: how many, or as stragglers: of a config, such as {bernoulli: 0.1}',
      '1',
    )
    .option('--liars <number>', 'workers that answer wrongly', wholeNumber(0), 0)
    .option('--attack <attack>', 'what they answer, as attack: of a config (default: gaussian)')
    .option('--target <metric=number>', 'what is to be reached, such as relacc=0.99, mse=1, or exact', 'relacc=0.99')
    .option('--workers <number>', 'the most workers (default: as many as make copies exact)', wholeNumber(1))
    .addOption(
      new Option('--output <output>', 'which outputs are decoded').choices(['logits', 'softmax']).default('logits'),
    )
    .option('--private', 'advise only what sends no worker a query as it is, and say what is known of privacy')
    .option(
      '--trials <number>',
      'the most trials of a size, at least 100; it ends when the means are known to 1 %',
      wholeNumber(100),
      300,
    )
    .option('--seed <number>', 'of all draws', wholeNumber(0), 1)
    .option(
      '-o, --out <folder>',
      'folder of the runs, of advice.md, advice.json and advice.html',
      path.join('results', 'runs', 'advice'),
    )
    .option('-j, --jobs <number>', 'threads (default: the cores that this process was given)', jobsOption)
    .option('--no-store', 'compute every answer of the models again, and keep none')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Each size of the sweep is an ordinary run below <folder>; run the same command again and it goes on. Paths start from here.

Examples:
  approxifer advise --model lenet5-mnist --dataset mnist --K 8 --stragglers 2
  approxifer advise --model '{function: x-sin-x}' --dataset '{uniform: {D: 1}}' --K 4 --stragglers '{bernoulli: 0.1}' --target mse=0.01
  approxifer advise --model lenet5-mnist --dataset mnist --liars 1 --attack '{gaussian: 10}' --target exact`,
    )
    .action(async (flags: AdviseFlags) => {
      process.exitCode = await advise(flags);
    });
}

/** `relacc=0.99`, or `exact`: no error at all. */
async function goalOf(text: string): Promise<Goal> {
  if (text === 'exact') return { metric: 'mse', value: 0 };
  const { parseTarget } = await import('../tables/recommend.ts');
  return parseTarget(text);
}

/** The config of one size of the sweep. */
async function configOf(flags: AdviseFlags, { K, E }: Needs, goal: Goal) {
  const [{ yamlOption }, { configDocument }, { stragglers }, { madeOfOptions }, { optionOf, preciseFor }] =
    await Promise.all([
      import('../config/yaml.ts'),
      import('../config/load.ts'),
      import('../workers/faults/stragglers/registry.ts'),
      import('./option-document.ts'),
      import('./advise-sweep.ts'),
    ]);
  const late = yamlOption('--stragglers', flags.stragglers);
  const attack = yamlOption('--attack', flags.attack ?? 'gaussian');
  for (const [option, value] of Object.entries({ '--stragglers': late, '--attack': attack }))
    if (Array.isArray(value)) throw new UserError(`${option}: found a list; ask for one at a time`);
  // such a law needs S, and without it nobody would be late
  if (stragglers.find(String(late))?.takesCount)
    throw new UserError(`--stragglers ${late}: says not how many are late; give a number, such as 2`);
  const common = {
    model: yamlOption('--model', flags.model),
    dataset: yamlOption('--dataset', flags.dataset),
    output: flags.output,
    K,
    ...(typeof late === 'number' ? { S: late } : { stragglers: late }),
    ...(E > 0 && { E, attack }),
    trials: flags.trials,
    until: { [preciseFor(goal.metric)]: 0.01 },
    seed: flags.seed,
  };
  return (N: number, chosen: readonly Candidate[]) => {
    const schemes = chosen.map(({ entry, name }) => entry(name));
    const made = configDocument(JSON.stringify({ name: `advice-${N}`, ...common, N, schemes }), 'advise');
    return madeOfOptions(made, optionOf);
  };
}

async function advise(flags: AdviseFlags): Promise<number> {
  const [{ candidatesFor, sizesFor }, { choose }, { adviceMarkdown, verdictLines }, { advicePage }, sweep] =
    await Promise.all([
      import('../advice/candidates.ts'),
      import('../advice/choose.ts'),
      import('../advice/text.ts'),
      import('../advice/page.ts'),
      import('./advise-sweep.ts'),
    ]);
  const [{ runSession, runTexts }, { settleStore, userStore }, { defaultJobs }, { writeWhole }, { limits }] =
    await Promise.all([
      import('./session.ts'),
      import('./answer-store.ts'),
      import('../runs/run.ts'),
      import('../util/atomic.ts'),
      import('../config/values.ts'),
    ]);
  const goal = await goalOf(flags.target);
  const isCount = flags.stragglers.trim() !== '' && !Number.isNaN(Number(flags.stragglers));
  const needs: Needs = { K: flags.K, S: isCount ? Number(flags.stragglers) : 0, isLaw: !isCount, E: flags.liars };
  const { K, S, E } = needs;
  if (!Number.isInteger(S) || S < 0)
    throw new UserError(
      `--stragglers ${flags.stragglers}: expected a whole number of at least 0, or a law such as {bernoulli: 0.1}`,
    );
  if (flags.attack !== undefined && E === 0)
    throw new UserError('--attack: nobody lies; say how many do by --liars, such as --liars 1');
  const most = flags.workers ?? Math.max(K * (S + 2 * E + 1), 4 * K);
  if (!(most <= limits.count))
    throw new UserError(
      `--workers: K = ${K} queries with these faults need up to ${most}; at most ${limits.count} are tried`,
    );
  const sizes = sizesFor(needs, most);
  if (sizes.length === 0) throw new UserError(`--workers ${most}: K = ${K} queries with these faults need more`);
  const candidates = candidatesFor(needs);
  const documentOf = await configOf(flags, needs, goal);
  const how = { jobs: flags.jobs ?? defaultJobs, store: flags.store ? userStore() : undefined };
  const measured: Measurement[] = [];
  const tried: number[] = [];
  let failed = 0;
  let names = { model: '', dataset: '' };

  const work = async (hooks: SessionHooks) => {
    const outcome = { complete: true, failures: 0, done: 0, failureFiles: [] };
    const effort = { inferred: 0, saved: 0 };
    let subject: Awaited<ReturnType<typeof sweep.lookAt>> | undefined;
    for (const N of sizes) {
      const chosen = await sweep.runnable(candidates, (some) => documentOf(N, some), N);
      if (chosen.length === 0) continue;
      const document = documentOf(N, chosen);
      subject ??= await sweep.lookAt(document, goal);
      const folder = path.join(flags.out, `N-${N}`);
      const found = await sweep.measureSize(document, folder, needs, goal, subject, how, hooks);
      tried.push(N);
      effort.inferred += found.effort.inferred;
      effort.saved += found.effort.saved;
      if (!found.shown) {
        outcome.complete = false;
        break;
      }
      outcome.done++;
      names = found.shown;
      failed += found.shown.failed;
      measured.push(...found.shown.measured);
    }
    await settleStore(how.store, effort, hooks.onNotice);
    if (!outcome.complete) return outcome;
    if (measured.length === 0) {
      const cause =
        failed > 0
          ? `${counted(failed, 'trial')} could not be decoded; expect fewer faults, or allow more --workers`
          : 'such runs do not measure it; aim at what they measure, such as mse=… or agreement=…';
      throw new UserError(`--target ${flags.target}: no trial has a value of ${goal.metric}: ${cause}`);
    }
    return outcome;
  };
  const results = () => {
    const ordered = candidates.flatMap(({ name }) => measured.filter((one) => one.name === name));
    const isPrivate = flags.private ?? false;
    const advice = choose(ordered, goal, isPrivate);
    const late = isCount ? (S === 0 ? 'no worker late' : `${counted(S, 'worker')} late`) : `late: ${flags.stragglers}`;
    const lies = E === 1 ? '1 lies' : `${E} lie`;
    const faults = `${late}, ${E === 0 ? 'none lies' : `${lies}: ${flags.attack ?? 'gaussian'}`}`;
    const { model, dataset } = names;
    const question = { model, dataset, K, faults, goal, tried, isPrivate };
    const assumes = Object.fromEntries(candidates.map((one) => [one.name, one.assumes]));
    const json = { ...question, verdict: verdictLines(question, advice), ...advice, assumes, measured: ordered };
    const markdown = adviceMarkdown(question, advice, candidates);
    writeWhole(path.join(flags.out, 'advice.json'), `${JSON.stringify(json, null, 2)}\n`);
    writeWhole(path.join(flags.out, 'advice.md'), markdown);
    const runs = tried.map((N) => `N-${N}`);
    writeWhole(path.join(flags.out, 'advice.html'), advicePage(question, advice, candidates, runs));
    if (flags.json) printJson(json);
    return flags.json ? '' : markdown;
  };
  return runSession(documentOf(sizes[0]!, candidates), flags.out, work, { ...runTexts, results }, how.jobs);
}
