import * as z from 'zod';
import { lagrangeCode, recoveryThreshold } from '../../codecs/lagrange.ts';
import { ConfigIssue, faultOf, parseWith } from '../../config/issues.ts';
import { checkTrials } from '../../config/size.ts';
import { counts, limits, oneOrMore, trialCount } from '../../config/values.ts';
import { defaultPrime, primeField } from '../../math/finite-field.ts';
import { quoted, seen } from '../../util/text.ts';
import { type Attack, attackSchema } from '../../workers/attack-spec.ts';
import { latencySchema } from '../../workers/latencies/registry.ts';
import { fieldAttacks } from './cluster.ts';
import { type Survival, trainingSchemes } from './schemes.ts';

const bits = (least: number) => z.int().min(least).max(20);

const logisticRegression = z
  .strictObject({
    iterations: z.int().min(1).max(limits.count).default(25).meta({ description: 'full gradient steps from w = 0' }),
    learningRate: z.number().positive().default(1).meta({ description: 'length of a step' }),
    pixelBits: bits(1).default(4).meta({ description: 'levels of a feature: 2^pixelBits' }),
    weightBits: bits(0).default(10).meta({ description: 'fraction bits of the weights' }),
    errorBits: bits(0).default(6).meta({ description: 'fraction bits of the errors' }),
    q: z.int().default(defaultPrime).meta({ description: 'the field: an odd prime below 2^26' }),
    T: z.int().min(0).default(0).meta({ description: 'colluding workers that learn nothing from their shares' }),
  })
  .meta({ description: 'Distributed logistic regression by full gradient descent, two coded rounds an iteration' });

const dataset = z.union([
  z.strictObject({
    mnist: z.strictObject({
      classes: z
        .tuple([z.int().min(0).max(9), z.int().min(0).max(9)])
        .refine(([a, b]) => a !== b, 'expected two different digits')
        .meta({ description: 'the two digits to tell apart' }),
      train: z.int().min(1).optional().meta({ description: 'images to train on; default: all of the two digits' }),
      test: z.int().min(1).optional().meta({ description: 'images to test on; default: all of the two digits' }),
    }),
  }),
  z.strictObject({ gisette: z.string().min(1).meta({ description: 'folder with gisette_train.data and the others' }) }),
]);

const faults = z.strictObject({ S: z.int().min(0), E: z.int().min(0) });

/**
 * What the machines are. The default costs were measured by `node bench/finite-field.js` on one core of an AMD EPYC (Node 20),
 * fixed here so that a run is the same everywhere; the network is an assumption: a round trip of a fraction of a millisecond
 * and a gigabit link at the master.
 */
const stragglers = z.strictObject({
  clock: oneOrMore(z.enum(['simulated', 'threads']))
    .prefault('simulated')
    .meta({ description: 'simulated: times from the cost table; threads: real threads, wall-clock times' }),
  slowdown: oneOrMore(z.number().min(1))
    .prefault(7)
    .meta({ description: 'how many times longer a straggler computes; a list makes cells' }),
  latency: latencySchema
    .prefault({ shiftedExponential: { shift: '200us', mean: '100us' } })
    .meta({ description: 'round trip of a worker' }),
  bandwidth: z
    .number()
    .positive()
    .default(1000)
    .meta({ description: "the master's link, megabits per second each way" }),
  costs: z
    .strictObject({
      workerProduct: z.number().positive().default(1),
      masterProduct: z.number().positive().default(1.5),
      sigmoid: z.number().positive().default(16),
    })
    .prefault({})
    .meta({ description: 'nanoseconds of one operation; `node bench/finite-field.js` measures them' }),
  faults: z.array(faults).min(1).optional().meta({ description: 'pairs of S and E to run, instead of the two lists' }),
  changes: z
    .array(z.strictObject({ iteration: z.int().min(2), ...faults.shape }))
    .min(1)
    .optional()
    .meta({ description: 'S and E from an iteration on; before the first change those of the cell' }),
});

/** A config of `kind: training`, before its schemes are looked at one by one. */
export const trainingSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][\w.-]*$/, 'use letters, digits, ".", "_" and "-": the name becomes a folder'),
  kind: z.literal('training'),
  model: z.strictObject({ logisticRegression }),
  dataset: dataset.meta({ description: 'what is trained on' }),
  K: counts(1).meta({ description: 'blocks that the data are cut into' }),
  N: counts(1).meta({ description: 'workers' }),
  S: counts(0).optional().meta({ description: 'stragglers' }),
  E: counts(0).optional().meta({ description: 'Byzantine workers' }),
  trials: trialCount.default(1).meta({ description: 'trainings of each cell' }),
  seed: z.int().min(0).default(1).meta({ description: 'of all draws' }),
  schemes: z.array(z.unknown()).min(1).max(limits.list).meta({ description: 'what is compared' }),
  stragglers: stragglers.prefault({}).meta({ description: 'the machines and their faults' }),
  attack: oneOrMore(attackSchema)
    .optional()
    .meta({ description: 'what Byzantine workers answer: whole numbers over the field' }),
});

type Parsed = z.output<typeof trainingSchema>;
export type TrainingDataset = Parsed['dataset'];
export type LogisticRegressionOptions = Parsed['model']['logisticRegression'];
export type Clock = Parsed['stragglers']['clock'][number];

/** One scheme of the config. */
export interface TrainingScheme extends Survival {
  /** One of `trainingSchemes`. */
  readonly name: string;
  /** `Uncoded`, `MDS`, `LCC`, `StaticVCC`, `AVCC`, or what the config calls it. */
  readonly label: string;
}

/** A validated training experiment: lists are lists, pairs of S and E are pairs. Plain data. */
export interface TrainingConfig extends Omit<Parsed, 'schemes' | 'S' | 'E' | 'attack' | 'stragglers'> {
  readonly schemes: readonly TrainingScheme[];
  /** Pairs of S and E, in the order of the run. */
  readonly faults: readonly { readonly S: number; readonly E: number }[];
  readonly attack: readonly Attack[];
  readonly stragglers: Omit<Parsed['stragglers'], 'faults'>;
}

/**
 * Validates a config document of `kind: training`.
 * @param document what the YAML says, as plain data
 * @throws ConfigIssue for the first fault, with its place in the document
 */
export function parseTrainingConfig(document: unknown): TrainingConfig {
  const { S, E, schemes: written, attack = [], stragglers, ...parsed } = parseWith(trainingSchema, document, []);
  const { faults: listed, ...machines } = stragglers;
  if (listed && (S || E))
    throw new ConfigIssue([S ? 'S' : 'E'], 'give either the lists S and E or stragglers.faults, not both');
  const pairs = listed ?? (S ?? [0]).flatMap((s) => (E ?? [0]).map((e) => ({ S: s, E: e })));
  const schemes = written.map((entry, index) => parseScheme(entry, ['schemes', index]));
  const looks = schemes.map(({ label }) => seen(label));
  const repeated = looks.findIndex((look, i) => looks.indexOf(look) < i);
  if (repeated >= 0)
    throw new ConfigIssue(
      ['schemes', repeated],
      `two schemes have the label "${schemes[repeated]!.label}", or labels that look alike; give one of them its own with label:`,
    );
  const config: TrainingConfig = { ...parsed, schemes, faults: pairs, attack, stragglers: machines };
  checkCount(config);
  checkSizes(config, listed ? ['stragglers', 'faults'] : S ? ['S'] : ['E']);
  checkAttacks(config);
  return config;
}

function parseScheme(written: unknown, path: readonly PropertyKey[]): TrainingScheme {
  const [name, options] =
    typeof written === 'string'
      ? [written, {}]
      : (Object.entries((written ?? {}) as Record<string, unknown>)[0] ?? ['', {}]);
  const kind = trainingSchemes.find(name);
  if (!kind || (typeof written === 'object' && Object.keys(written ?? {}).length !== 1))
    throw new ConfigIssue(
      path,
      `expected one of ${trainingSchemes.names.join(', ')} or {name: {options}}, found ${quoted(written)}`,
    );
  const parsed = parseWith(kind.options, options ?? {}, typeof written === 'string' ? path : [...path, name]);
  return { name, label: parsed.label ?? kind.usualLabel, ...kind.survival(parsed) };
}

/** @throws ConfigIssue for more cells or trainings than an experiment could hold */
function checkCount({ K, N, faults, attack, stragglers, schemes, trials }: TrainingConfig): void {
  const faultsOfCells =
    faults.length * Math.max(1, attack.length) * stragglers.slowdown.length * stragglers.clock.length;
  const cells = K.length * N.length * faultsOfCells * schemes.length;
  checkTrials(cells, trials, 'trainings');
}

function checkSizes(config: TrainingConfig, faultsAt: readonly PropertyKey[]): void {
  const { T, q } = config.model.logisticRegression;
  const field = faultOf(['model', 'logisticRegression', 'q'], () => primeField(q));
  for (const N of config.N) {
    for (const K of config.K) {
      faultOf(T >= N ? ['model', 'logisticRegression', 'T'] : ['N'], () => lagrangeCode(field, { K, T, N, degree: 1 }));
      for (const [index, { E = 0 }] of config.schemes.entries()) {
        const bound = recoveryThreshold({ K, T, degree: 1 }) + 2 * E;
        if (N < bound)
          throw new ConfigIssue(
            ['schemes', index],
            `N = ${N} workers are too few: LCC that corrects E = ${E} wrong answers at K = ${K}, T = ${T} needs N ≥ K + T + 2E = ${bound}`,
          );
      }
    }
    for (const { S, E } of [...config.faults, ...(config.stragglers.changes ?? [])])
      if (S + E > N)
        throw new ConfigIssue(faultsAt, `S = ${S} stragglers and E = ${E} Byzantine workers are more than N = ${N}`);
  }
  const iterations = (config.stragglers.changes ?? []).map((change) => change.iteration);
  if (iterations.some((iteration, i) => i > 0 && iteration <= iterations[i - 1]!))
    throw new ConfigIssue(['stragglers', 'changes'], 'the changes must be in the order of their iterations');
}

function checkAttacks(config: TrainingConfig): void {
  const lying = [...config.faults, ...(config.stragglers.changes ?? [])].some(({ E }) => E > 0);
  if (lying && config.attack.length === 0)
    throw new ConfigIssue([], `there are Byzantine workers (E > 0), but no attack: one of ${fieldAttacks.join(', ')}`);
  for (const { kind, size } of config.attack) {
    if (!(fieldAttacks as readonly string[]).includes(kind))
      throw new ConfigIssue(
        ['attack'],
        `${kind} is not defined over a finite field; use one of ${fieldAttacks.join(', ')}`,
      );
    if (!Number.isInteger(size))
      throw new ConfigIssue(['attack'], `the size of ${kind} over a finite field is a whole number, found ${size}`);
  }
}
