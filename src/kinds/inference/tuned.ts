import path from 'node:path';
import * as z from 'zod';
import { type Condition, expandConditions } from '../../coded/conditions.ts';
import { type LambdaPair, tunedKey } from '../../coded/plan.ts';
import { labelsApart } from '../../results/labels.ts';
import { experimentDifferences, type Manifest } from '../../results/manifest.ts';
import { readManifest } from '../../results/read.ts';
import { files } from '../../results/schema.ts';
import { UserError } from '../../util/errors.ts';
import type { ExperimentConfig } from './config.ts';

/** A λ pair chosen for a scheme under a condition. */
export interface TunedChoice extends LambdaPair {
  readonly condition: Condition;
  readonly label: string;
  readonly metric: 'mse' | 'relacc';
  /** Mean of the metric at the pair, over the tuning trials, with its standard error. */
  readonly mean: number;
  readonly sem: number;
  readonly trials: number;
}

/** `tuned` of a manifest. The condition is a place in the list of conditions where the manifest is from before they were values. */
const choicesSchema = z.array(
  z.object({
    condition: z.union([z.int(), z.record(z.string(), z.unknown())]),
    label: z.string(),
    lambdaEnc: z.number(),
    lambdaDec: z.number(),
    metric: z.enum(['mse', 'relacc']),
    mean: z.number(),
    sem: z.number().nullable(),
    trials: z.int(),
  }),
);

/**
 * The choices that a manifest records for the conditions of a config.
 * @param name of the manifest, for messages
 * @throws UserError when they are damaged, or a tuned entry has none
 */
export function tunedChoices(config: ExperimentConfig, manifest: Manifest, name: string): TunedChoice[] {
  const read = choicesSchema.safeParse(manifest.tuned ?? []);
  if (!read.success) throw new UserError(`${name}: its "tuned" is damaged; run the experiment again`);
  const conditions = expandConditions(config);
  const places = new Map(conditions.map((condition, place) => [conditionText(condition), place]));
  const byKey = new Map(
    read.data.map((choice) => {
      const place =
        typeof choice.condition === 'number' ? choice.condition : places.get(conditionText(choice.condition));
      return [tunedKey(place ?? -1, choice.label), choice];
    }),
  );
  return conditions.flatMap((condition, place) =>
    config.schemes
      .filter(({ tune }) => tune)
      .map(({ label }) => {
        const choice = byKey.get(tunedKey(place, label));
        if (!choice) throw new UserError(`${name}: that run chose no λ for ${label}`);
        return { ...choice, condition, sem: choice.sem ?? Number.NaN };
      }),
  );
}

/** The choices in the part of a manifest that is the experiment's own. */
export function readTunedDetails(details: Readonly<Record<string, unknown>>): readonly TunedChoice[] {
  return (details.tuned ?? []) as readonly TunedChoice[];
}

/** The choices in the form the plan takes. */
export function tunedPairs(
  config: ExperimentConfig,
  choices: readonly TunedChoice[],
): (readonly [string, LambdaPair])[] {
  const places = new Map(expandConditions(config).map((condition, place) => [conditionText(condition), place]));
  return choices.map(({ condition, label, lambdaEnc, lambdaDec }) => [
    tunedKey(places.get(conditionText(condition))!, label),
    { lambdaEnc, lambdaDec },
  ]);
}

/** Equal texts are equal conditions, whatever the order of their keys. */
function conditionText(condition: Condition | Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.entries(condition).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * The λ that an earlier run, shard or `tune` of the same experiment chose. How they were searched for does not matter.
 * @param file its `manifest.json`
 * @param fresh the manifest of the run that is to use them
 * @throws UserError when it is of another experiment, not finished, or without a choice for a tuned entry; for an oracle
 * also when it is of other trials
 */
export function readTunedChoices(file: string, config: ExperimentConfig, fresh: Manifest): TunedChoice[] {
  if (path.basename(file) !== files.manifest)
    throw new UserError(`--tuned ${file}: give the ${files.manifest} of a run`);
  const earlier = readManifest(path.dirname(file));
  const differences = experimentDifferences(earlier, fresh);
  const labels = labelsApart(differences);
  if (labels !== undefined) throw new UserError(`--tuned ${file}: ${labels} to take its λ`);
  const [difference] = differences;
  if (difference) throw new UserError(`--tuned ${file}: is of another experiment (${difference.what} differs)`);
  if (earlier.status === 'running') throw new UserError(`--tuned ${file}: that run is not finished`);
  if (config.schemes.some(({ tune }) => tune === 'oracle'))
    for (const key of ['seed', 'trials'] as const)
      if (earlier[key] !== fresh[key])
        throw new UserError(
          `--tuned ${file}: has ${key} ${earlier[key]}, not ${fresh[key]}; an oracle's λ is that of the reported trials themselves`,
        );
  return tunedChoices(config, earlier, `--tuned ${file}`);
}
