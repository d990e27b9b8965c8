import { expandConditions } from '../../coded/conditions.ts';
import { type CodedConfig, expandConfig } from '../../coded/config.ts';
import type { Plan } from '../../coded/plan.ts';
import { workersOf } from '../../coded/worker-counts.ts';
import { ConfigIssue, parseWith } from '../../config/issues.ts';
import type { Dataset } from '../../datasets/dataset.ts';
import type { Model } from '../../models/model.ts';
import { inferenceSchema, type ParsedInference } from './schema.ts';

/** A validated experiment: every value normalised to lists, every scheme entry expanded. Plain data. */
export interface ExperimentConfig extends CodedConfig, Pick<ParsedInference, 'kind' | 'figures' | 'table' | 'until'> {}

/**
 * Validates a config document.
 * @param document what the YAML says, as plain data
 * @throws ConfigIssue for the first fault
 */
export function parseExperiment(document: unknown): ExperimentConfig {
  const config = expandConfig(parseWith(inferenceSchema, document, []), document as object);
  const tuned = config.schemes.find((entry) => entry.tune);
  if (tuned && !config.tune) {
    throw new ConfigIssue(
      ['schemes', tuned.item],
      'a scheme is to be tuned, but the config has no tune: {lambdaEnc: …, lambdaDec: …}',
    );
  }
  checkTuning(config);
  const labels = new Set(config.schemes.map(({ label }) => label));
  config.table.ratioTo?.forEach((label, place) => {
    if (!labels.has(label))
      throw new ConfigIssue(
        ['table', 'ratioTo', place],
        `no scheme here has the label "${label}"; there are ${[...labels].join(', ')}`,
      );
  });
  checkUntil(config);
  return config;
}

/** Whether the tuned entries can run at `tune.S`, where λ is searched. */
function checkTuning(config: ExperimentConfig): void {
  const S = config.tune?.S;
  if (S === undefined) return;
  for (const condition of expandConditions({ ...config, S: [S] }))
    for (const entry of config.schemes.filter(({ tune }) => tune)) {
      try {
        workersOf(entry, entry.options, condition, config.N !== undefined);
      } catch (error) {
        throw error instanceof ConfigIssue ? new ConfigIssue(['tune', 'S'], error.message) : error;
      }
    }
}

/**
 * @throws ConfigIssue where a row has no difference from the reference of `until:`: a scheme whose N does not follow the
 * config's stands under the first of several N alone
 */
export function checkReference({ until }: ExperimentConfig, { cells }: Pick<Plan, 'cells'>): void {
  if (until?.reference === undefined) return;
  const there = new Set(cells.filter(({ entry }) => entry.label === until.reference).map(({ condition }) => condition));
  const alone = cells.filter(({ condition }) => !there.has(condition));
  if (alone.length === 0) return;
  const named = [...new Set(alone.map(({ entry, key, N }) => `${entry.label} at K = ${key.K}, N = ${N}`))];
  const more = named.length > 3 ? ` and ${named.length - 3} more` : '';
  throw new ConfigIssue(
    ['until', 'reference'],
    `no row of ${until.reference} is in the setting of ${named.slice(0, 3).join('; ')}${more}; take another reference, or a config for each setting`,
  );
}

/**
 * @throws ConfigIssue where `until:` waits for what cannot be measured
 */
export function checkMeasurable(
  { until }: ExperimentConfig,
  { name, label }: Pick<Dataset, 'name' | 'label'>,
  model: Pick<Model, 'name' | 'outputs'>,
): void {
  const ofClasses = (['accuracy', 'relacc', 'agreement'] as const).find(
    (needed) => until?.precision[needed] !== undefined,
  );
  if (model.outputs === 1 && ofClasses !== undefined)
    throw new ConfigIssue(
      ['until', ofClasses],
      `${ofClasses}: model ${model.name} has one output, so every answer has the same class; ask for mse`,
    );
  const [metric] = (['accuracy', 'relacc'] as const).filter((needed) => until?.precision[needed] !== undefined);
  if (label || metric === undefined) return;
  throw new ConfigIssue(
    ['until', metric],
    `${metric}: dataset ${name} has no labels, so it cannot be measured; ask for mse or agreement`,
  );
}

/** Whether `until:` can be looked at before all trials are done. */
function checkUntil({ until, schemes, trials }: ExperimentConfig): void {
  if (!until) return;
  if (schemes.some(({ tune }) => tune === 'oracle'))
    throw new ConfigIssue(['until'], "until: and tune: oracle exclude each other: an oracle's λ depends on all trials");
  const { reference, minimum } = until;
  const labels = schemes.map(({ label }) => label);
  if (reference !== undefined && !labels.includes(reference))
    throw new ConfigIssue(
      ['until', 'reference'],
      `no scheme has the label ${reference} (there are ${labels.join(', ')})`,
    );
  const ofReference = schemes.filter(({ label }) => label === reference);
  if (ofReference.length > 1)
    throw new ConfigIssue(
      ['until', 'reference'],
      `${reference} has ${ofReference.length} pairs of λ, and the reference is one row; give it one, or an entry with one its own label`,
    );
  if (ofReference.length === schemes.length)
    throw new ConfigIssue(
      ['until', 'reference'],
      `nothing is compared: ${reference} is the only scheme; add another one, or leave reference: out`,
    );
  if (minimum > trials)
    throw new ConfigIssue(['until'], `the first look is after ${minimum} trials, and there are at most ${trials}`);
}
