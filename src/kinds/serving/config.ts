import * as z from 'zod';
import { schemes } from '../../codecs/registry.ts';
import { checkMatrices } from '../../coded/check.ts';
import { isLeftOpen, parseEntries, type SchemeEntry } from '../../coded/entries.ts';
import { nameSchema } from '../../coded/schema.ts';
import { ConfigIssue, parseWith } from '../../config/issues.ts';
import { checkTrials } from '../../config/size.ts';
import { counts, limits, oneOrMore, trialCount } from '../../config/values.ts';
import { datasetSpecSchema } from '../../datasets/spec.ts';
import { modelSpecSchema } from '../../models/spec.ts';
import type { Hedge } from '../../serving/hedging.ts';
import { arrivalsSchema, slowSchema } from '../../serving/load.ts';
import { longestDuration } from '../../util/units.ts';
import { duration } from '../../workers/duration.ts';
import { latencySchema } from '../../workers/latencies/registry.ts';

const quantileOrTime = z.string().transform((text, context): Hedge['after'] => {
  const [, per] = /^p(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (per !== undefined && Number(per) > 0 && Number(per) < 100) return { quantile: Number(per) / 100 };
  const parsed = duration.safeParse(text);
  if (parsed.success) return { seconds: parsed.data };
  context.addIssue(`"${text}" is neither a quantile (p90) nor a duration (20ms)`);
  return z.NEVER;
});

/** `hedge:` of an `uncoded` entry. */
export const hedgeSchema = z.strictObject({
  after: quantileOrTime.meta({
    description: 'p90: the running quantile of the service times seen so far; or a duration',
  }),
  budget: z
    .number()
    .positive()
    .max(1)
    .default(0.1)
    .meta({ description: 'most second copies, as a share of all tasks' }),
});

const cancels = ['none', 'queued', 'running'] as const;

const dilation = z
  .number()
  .min(1)
  .max(1000)
  .default(1)
  .meta({ description: "how many real seconds a second lasts, so that this machine's own time is small beside it" });

/** What passes the time: a simulation, or real servers. */
const clockSchema = z
  .union(
    [
      z.literal('simulated'),
      z
        .strictObject({ local: z.int().min(1).max(256), dilation })
        .meta({ description: 'so many model servers on this machine, each a process' }),
      z.strictObject({ endpoints: z.array(z.string().min(1)).min(1).max(limits.count), dilation }).meta({
        description: 'servers of the Open Inference Protocol, a worker each: http://host:port/v2/models/name',
      }),
    ],
    { error: 'expected simulated, {local: 13} or {endpoints: [http://host:port/v2/models/name, …]}' },
  )
  .meta({ description: 'simulated (default), or real inference over HTTP in real time' });

/** Real servers. */
export type LiveClockConfig = Exclude<z.output<typeof clockSchema>, 'simulated'>;

/** A config of `kind: serving`, before its schemes are looked at one by one. */
export const servingSchema = z.strictObject({
  name: nameSchema,
  kind: z.literal('serving'),
  model: modelSpecSchema,
  dataset: datasetSpecSchema,
  output: z.enum(['logits', 'softmax']).default('logits'),
  schemes: z.array(z.unknown()).min(1).max(limits.list),
  K: z.int().min(1).max(limits.count).meta({ description: 'queries of a group' }),
  N: counts(1).meta({ description: 'coded tasks of a group' }),
  workers: counts(1).optional().meta({ description: 'machines, the same for every scheme; default: N' }),
  trials: trialCount.default(10).meta({ description: 'independent runs: intervals come from them' }),
  seed: z.int().min(0).default(1),
  load: z.strictObject({
    arrivals: arrivalsSchema.default('poisson'),
    rate: oneOrMore(z.number().positive().max(1e9)).meta({ description: 'requests a second' }),
    queries: z.int().min(1).optional().meta({ description: 'queries of a request: K (default), or 1' }),
    requests: z.int().min(20).max(10_000_000).default(10_000).meta({ description: 'of a trial, warm-up included' }),
    warmup: z.int().min(0).default(500).meta({ description: 'first requests of a trial that are not measured' }),
    wait: duration.optional().meta({ description: 'how long single queries wait for their group' }),
  }),
  service: latencySchema
    .optional()
    .meta({ description: 'how long a worker computes; absent with real servers: as long as they do' }),
  slow: slowSchema.optional().meta({ description: 'episodes in which some workers are slow' }),
  dispatch: z.enum(['shared', 'own']).default('shared').meta({ description: 'one queue for all, or one a worker' }),
  cancel: z
    .enum(cancels)
    .default('queued')
    .meta({ description: 'what is ended when it is not needed any more: nothing, what waits, what runs too' }),
  clock: clockSchema.optional(),
  cancelCost: duration.default(0).meta({ description: 'time that ending a running task costs its worker' }),
  decode: z
    .strictObject({
      need: counts(1).optional().meta({ description: 'answers that a coded group waits for; default: K' }),
      deadline: duration.optional().meta({ description: 'after which what came has to do' }),
    })
    .prefault({}),
  accuracy: z
    .strictObject({ batches: z.int().min(1).max(limits.trials).default(100) })
    .prefault({})
    .meta({ description: 'batches of real queries that are really answered and decoded, a trial' }),
});

type Parsed = z.output<typeof servingSchema>;

/** One scheme of the config. */
export interface ServingEntry extends SchemeEntry {
  /** Second copies of what takes long: of `uncoded` alone. */
  readonly hedge?: Hedge;
}

/** A validated serving experiment. Plain data. */
export interface ServingConfig extends Omit<Parsed, 'schemes' | 'workers' | 'decode' | 'load' | 'clock'> {
  readonly schemes: readonly ServingEntry[];
  /** Machines; absent: N. */
  readonly workers?: readonly number[] | undefined;
  readonly decode: { readonly need: readonly number[]; readonly deadline?: number | undefined };
  readonly load: Omit<Parsed['load'], 'queries'> & { readonly queries: number };
  /** Real servers; absent: a simulation. */
  readonly clock?: LiveClockConfig;
}

/**
 * Validates a config document of `kind: serving`.
 * @throws ConfigIssue for the first fault, with its place in the document
 */
export function parseServingConfig(document: unknown): ServingConfig {
  const parsed = parseWith(servingSchema, document, []);
  const { clock, ...timeless } = parsed;
  const { K, load, decode } = parsed;
  checkServingSize(parsed);
  const queries = load.queries ?? K;
  if (queries !== K && queries !== 1)
    throw new ConfigIssue(['load', 'queries'], `a request has K = ${K} queries or 1, not ${queries}`);
  if (load.wait !== undefined && queries === K)
    throw new ConfigIssue(['load', 'wait'], `requests of K = ${K} queries are groups already; wait needs queries: 1`);
  if (load.wait === undefined && queries !== K)
    throw new ConfigIssue(['load', 'queries'], 'single queries need wait: how long they wait for their group');
  if (load.warmup >= load.requests)
    throw new ConfigIssue(['load', 'warmup'], `warmup = ${load.warmup} leaves nothing of ${load.requests} requests`);
  const slowest = Math.min(...load.rate);
  if (load.requests > slowest * longestDuration)
    throw new ConfigIssue(
      ['load', 'rate'],
      `${load.requests} requests at ${slowest} a second take longer than 1e9s, 32 years; give a higher rate`,
    );
  if (decode.deadline === 0) throw new ConfigIssue(['decode', 'deadline'], 'a deadline is later than the arrival');
  const need = decode.need ?? [K];
  const most = Math.max(...parsed.N);
  const tooMany = need.find((count) => count > most);
  if (tooMany !== undefined)
    throw new ConfigIssue(['decode', 'need'], `need = ${tooMany} answers never come from N = ${most} tasks`);
  const live = clock === 'simulated' ? undefined : clock;
  checkClock(parsed, live);
  return {
    ...timeless,
    ...(live && { clock: live }),
    schemes: parseServingEntries(parsed.schemes),
    decode: { ...decode, need },
    load: { ...load, queries },
  };
}

/** @throws ConfigIssue for what only one sort of clock can do, and for too few servers */
function checkClock({ service, slow, cancelCost, N, workers }: Parsed, live: LiveClockConfig | undefined): void {
  if (!live) {
    if (!service)
      throw new ConfigIssue(
        ['service'],
        'a simulated clock needs service: how long a worker computes, such as {pareto: {scale: 12ms, shape: 2.5}}',
      );
    return;
  }
  if (!service && live.dilation !== 1)
    throw new ConfigIssue(
      ['clock', 'dilation'],
      'servers that take what they take cannot be slowed down; dilation needs service',
    );
  if (!service && slow)
    throw new ConfigIssue(['slow'], 'servers that take what they take have their own episodes; slow needs service');
  if (cancelCost > 0)
    throw new ConfigIssue(
      ['cancelCost'],
      'real workers take what ending a task costs them; cancelCost is of the simulated clock',
    );
  const most = Math.max(...(workers ?? N));
  const [key, there] = 'local' in live ? ['local', live.local] : ['endpoints', live.endpoints.length];
  if (there < most)
    throw new ConfigIssue(['clock', key], `${there} servers for ${most} workers: each worker needs its own`);
}

/** @throws ConfigIssue for more cells or runs, or larger codes, than an experiment could hold */
function checkServingSize({ K, N, workers = [0], load, schemes, decode, trials }: Parsed): void {
  checkMatrices(
    N.map((n) => ({ K, N: Math.max(n, K) })), // uncoded has K tasks whatever N is
    schemes.length,
    ['N'],
  );
  const cells = N.length * workers.length * load.rate.length * (decode.need?.length ?? 1) * schemes.length;
  checkTrials(cells, trials, 'runs');
}

/** The entries of `schemes:`, with `hedge` taken out of those of `uncoded`. */
function parseServingEntries(written: readonly unknown[]): ServingEntry[] {
  const hedges = new Map<number, Hedge>();
  const plain = written.map((entry, item) => {
    if (typeof entry !== 'object' || entry === null) return entry;
    const [[name, options] = ['', undefined], ...others] = Object.entries(entry);
    if (others.length > 0 || typeof options !== 'object' || options === null || !Object.hasOwn(options, 'hedge'))
      return entry;
    const at = ['schemes', item, name, 'hedge'];
    if (name !== 'uncoded') throw new ConfigIssue(at, `${name} cannot be hedged: only uncoded can`);
    const { hedge, ...rest } = options as Record<string, unknown>;
    hedges.set(item, parseWith(hedgeSchema, hedge, at));
    return { [name]: { label: 'Hedged', ...rest } };
  });
  return parseEntries(plain).map((entry) => {
    if (!schemes.has(entry.scheme))
      throw new ConfigIssue(
        ['schemes', entry.item],
        `kind: serving deploys schemes of approxifer itself, not ${entry.scheme}; compare it under kind: inference`,
      );
    if (isLeftOpen(entry))
      throw new ConfigIssue(['schemes', entry.item], 'kind: serving calibrates nothing; give c as a number');
    if (entry.rule)
      throw new ConfigIssue(['schemes', entry.item], 'kind: serving takes no λ rule; give lambdaEnc and lambdaDec');
    if (entry.tune)
      throw new ConfigIssue(['schemes', entry.item], 'kind: serving tunes nothing; give lambdaEnc and lambdaDec');
    const hedge = hedges.get(entry.item);
    return { ...entry, ...(hedge && { hedge }) };
  });
}
