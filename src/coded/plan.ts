import type { Codec, Tolerance } from '../codecs/codec.ts';
import { composeCodec, defaultCombination, locatorFormula, locatorWorkers } from '../codecs/compose.ts';
import { type RegisteredScheme, schemes } from '../codecs/registry.ts';
import { ConfigIssue, faultOf } from '../config/issues.ts';
import type { ExperimentConfig, SchemeEntry } from '../kinds/inference/config.ts';
import { optionsText, optionText } from '../util/option-text.ts';
import { type Attack, attackText } from '../workers/attack-spec.ts';
import type { StragglerModel } from '../workers/faults/stragglers/registry.ts';
import { stragglerLabel, takesCount } from '../workers/stragglers.ts';
import { checkNames, checkSize, sizeWarning } from './check.ts';

/** What the schemes of a comparison share. */
export interface Condition {
  readonly output: 'logits' | 'softmax';
  readonly K: number;
  /** Absent when every scheme gets the fewest workers that tolerate S and E. */
  readonly N?: number;
  /** Absent when the straggler model itself says how many there are. */
  readonly S?: number;
  readonly E: number;
  readonly stragglers: StragglerModel;
  readonly attack?: Attack;
}

/** A pair of smoothing parameters. */
export interface LambdaPair {
  readonly lambdaEnc: number;
  readonly lambdaDec: number;
}

/** One row of the summary: a scheme under a condition. */
export interface Cell {
  readonly index: number;
  /** Cells with the same number share their condition. */
  readonly condition: number;
  readonly entry: SchemeEntry;
  readonly scheme: RegisteredScheme;
  readonly N: number;
  readonly options: Readonly<Record<string, unknown>>;
  /** Key columns of the row but for experiment, model and dataset. */
  readonly key: CellColumns;
  readonly codec: Codec;
}

interface CellColumns {
  readonly output: string;
  readonly scheme: string;
  readonly K: string;
  readonly N: string;
  readonly S: string;
  readonly E: string;
  readonly lambda_enc: string;
  readonly lambda_dec: string;
  readonly order: string;
  readonly stragglers: string;
  readonly attack: string;
  readonly options: string;
}

/** Coded points that several cells share: encoded and inferred once a trial. */
export interface CodedBatch {
  readonly K: number;
  readonly N: number;
  readonly codec: Codec;
  readonly cells: readonly Cell[];
}

export interface Plan {
  readonly conditions: readonly Condition[];
  readonly cells: readonly Cell[];
  /** Grouped by K, so that a batch is drawn once. */
  readonly codedBatches: readonly CodedBatch[];
  /** What the schemes have to say about their numbers of workers, each once. */
  readonly warnings: readonly string[];
}

/** λ of the entries that are tuned, by condition and label. */
export type TunedLambdas = ReadonlyMap<string, LambdaPair>;

export function tunedKey(condition: number, label: string): string {
  return `${condition}/${label}`;
}

/** The product of the config's lists, in the order the columns of a result have. */
export function expandConditions(config: ExperimentConfig): Condition[] {
  const conditions: Condition[] = [];
  for (const output of config.output)
    for (const setting of settingsOf(config))
      for (const attack of setting.E > 0 ? (config.attack ?? [undefined]) : [undefined]) {
        const N = setting.N ?? sharedWorkers(config, { ...setting, S: setting.S ?? 0 });
        conditions.push({ output, ...setting, ...(N !== undefined && { N }), ...(attack !== undefined && { attack }) });
      }
  return conditions;
}

/** The values of K, N, S and E with each straggler model: those of `settings:`, or the product of the lists. */
function settingsOf(config: ExperimentConfig): Omit<Condition, 'output' | 'attack'>[] {
  const workers = Array.isArray(config.N) ? config.N : [undefined];
  const bases = config.settings ?? config.K.flatMap((K) => workers.map((N) => ({ K, N, S: undefined, E: undefined })));
  return bases.flatMap(({ K, N, S: late, E: lying }) =>
    config.stragglers.flatMap((stragglers) =>
      (late !== undefined ? [late] : takesCount(stragglers) ? config.S : [undefined]).flatMap((S) =>
        (lying !== undefined ? [lying] : config.E).map((E) => ({
          K,
          E,
          stragglers,
          ...(N !== undefined && { N }),
          ...(S !== undefined && { S }),
        })),
      ),
    ),
  );
}

/** The N of `N: {of: scheme}`: what the first entry of that scheme needs, or the scheme with its default options. */
function sharedWorkers(config: ExperimentConfig, need: Tolerance): number | undefined {
  if (!config.N || Array.isArray(config.N)) return undefined;
  const { of } = config.N;
  const entry = config.schemes.find(({ scheme }) => scheme === of);
  const scheme = faultOf(['N', 'of'], () => schemes.get(of));
  const options = entry?.options ?? scheme.options.parse({});
  return faultOf(['N', 'of'], () => scheme.minimumWorkers(need, options));
}

/**
 * Everything a run will do in each trial.
 * @param tuned λ of the tuned entries; an entry without one stands in the plan with λ = 0 (for estimates)
 * @throws ConfigIssue for a scheme that cannot run under a condition
 */
export function makePlan(config: ExperimentConfig, tuned: TunedLambdas = new Map()): Plan {
  checkNames(config);
  checkSize(config);
  checkTuning(config);
  const conditions = expandConditions(config);
  const cells: Cell[] = [];
  const groups = new Map<string, { K: number; N: number; codec: Codec; cells: Cell[] }>();
  conditions.forEach((condition, number) => {
    for (const entry of config.schemes) {
      const pair = entry.tune ? tuned.get(tunedKey(number, entry.label)) : undefined;
      const options = { ...entry.options, ...pair };
      const N = workersOf(entry, options, condition, config);
      const scheme = schemes.get(entry.scheme);
      const codec = faultOf(['schemes', entry.item], () =>
        composeCodec(scheme, options, entry.combination, condition.K, N),
      );
      const cell: Cell = {
        index: cells.length,
        condition: number,
        entry,
        scheme,
        N,
        options,
        key: cellColumns(entry, options, condition, N),
        codec,
      };
      cells.push(cell);
      const id = `${condition.K}/${N}/${codec.encoder.key}`;
      const group = groups.get(id);
      if (group) group.cells.push(cell);
      else groups.set(id, { K: condition.K, N, codec, cells: [cell] });
    }
  });
  const codedBatches = [...groups.values()].sort((a, b) => a.K - b.K);
  const said = cells.map(({ scheme, condition, N }) => {
    const { K } = conditions[condition]!;
    return scheme.warning?.(K, N) ?? sizeWarning(K, N);
  });
  const warnings = [...new Set(said)].filter((text) => text !== undefined);
  return { conditions, cells, codedBatches, warnings };
}

/** Whether the tuned entries can run at `tune.S`, where λ is searched. */
function checkTuning(config: ExperimentConfig): void {
  const S = config.tune?.S;
  if (S === undefined) return;
  for (const condition of expandConditions({ ...config, S: [S] }))
    for (const entry of config.schemes.filter(({ tune }) => tune)) {
      try {
        workersOf(entry, entry.options, condition, config);
      } catch (error) {
        throw error instanceof ConfigIssue ? new ConfigIssue(['tune', 'S'], error.message) : error;
      }
    }
}

/** The number of workers of a cell, checked against what the scheme needs. */
function workersOf(
  entry: SchemeEntry,
  options: Record<string, unknown>,
  condition: Condition,
  config: ExperimentConfig,
): number {
  const scheme = schemes.get(entry.scheme);
  const S = condition.S ?? 0;
  const need = { K: condition.K, S, E: condition.E };
  const N =
    scheme.fixedWorkers?.(need.K) ??
    condition.N ??
    faultOf(['schemes', entry.item], () =>
      Math.max(scheme.minimumWorkers(need, options), locatorWorkers(entry.combination, need)),
    );
  if (S >= N) {
    throw new ConfigIssue(['S'], `S = ${S} stragglers of N = ${N} workers leave nobody to answer; S must be below N`);
  }
  const own = scheme.requiredWorkers?.(need, options) ?? S + 1;
  const required = Math.max(own, locatorWorkers(entry.combination, need));
  if (N < required) {
    const where = config.N ? ['N'] : ['schemes', entry.item];
    const formula = required > own ? locatorFormula : scheme.workersFormula;
    throw new ConfigIssue(
      where,
      `${entry.label} with K = ${need.K}, S = ${S}, E = ${need.E} needs N >= ${formula}; N = ${N} is too small, the smallest is ${required}`,
    );
  }
  return N;
}

function cellColumns(
  entry: SchemeEntry,
  options: Record<string, unknown>,
  condition: Condition,
  N: number,
): CellColumns {
  const scheme = schemes.get(entry.scheme);
  const smoothing = scheme.smoothing === true;
  return {
    output: condition.output,
    scheme: entry.label,
    K: String(condition.K),
    N: String(N),
    S: condition.S === undefined ? '' : String(condition.S),
    E: String(condition.E),
    lambda_enc: smoothing ? String(options.lambdaEnc) : '',
    lambda_dec: smoothing ? String(options.lambdaDec) : '',
    order: entry.combination.order,
    stragglers: stragglerLabel(condition.stragglers),
    attack: condition.attack ? attackText(condition.attack) : '',
    options: optionColumn(entry, options),
  };
}

/** The `options` column: what differs from the scheme's defaults, sorted, `key=value;…`. */
function optionColumn(entry: SchemeEntry, options: Record<string, unknown>): string {
  const scheme = schemes.get(entry.scheme);
  const defaults = scheme.options.parse({}) as Record<string, unknown>;
  const usual = { ...defaultCombination, ...scheme.combination };
  const parts = { decoder: entry.combination.decoder, locator: entry.combination.locator };
  const usualParts = { decoder: usual.decoder, locator: usual.locator };
  const all: [string, unknown, unknown][] = [
    ...Object.keys(options)
      .filter((key) => key !== 'lambdaEnc' && key !== 'lambdaDec')
      .map((key): [string, unknown, unknown] => [key, options[key], defaults[key]]),
    ...Object.entries(parts).map(([key, value]): [string, unknown, unknown] => [
      key,
      value,
      usualParts[key as 'decoder'],
    ]),
    ['tune', entry.tune, undefined],
  ];
  const own = all.filter(([, value, usually]) => value !== undefined && optionText(value) !== optionText(usually));
  return optionsText(own.map(([key, value]) => [key, value]));
}
