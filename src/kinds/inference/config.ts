import { expandConditions } from '../../coded/conditions.ts';
import { type CodedConfig, expandConfig } from '../../coded/config.ts';
import { workersOf } from '../../coded/worker-counts.ts';
import { ConfigIssue, parseWith } from '../../config/issues.ts';
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
  if (minimum > trials)
    throw new ConfigIssue(['until'], `the first look is after ${minimum} trials, and there are at most ${trials}`);
}
