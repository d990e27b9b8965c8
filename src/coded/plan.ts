import { hash } from 'node:crypto';
import type { Codec, Encoder } from '../codecs/codec.ts';
import { composeCodec } from '../codecs/compose.ts';
import { sameEncoding } from '../codecs/encoder.ts';
import { lambdaByRule } from '../codecs/lambda-rules.ts';
import { ConfigIssue, faultOf } from '../config/issues.ts';
import { type RegisteredScheme, type SchemeOptions, schemes } from '../external/registry.ts';
import { attacks } from '../workers/faults/attacks/registry.ts';
import { checkMatrices, checkNames, checkSize, sizeWarning } from './check.ts';
import { type CellColumns, cellColumns } from './columns.ts';
import { type Condition, expandConditions } from './conditions.ts';
import type { CodedConfig } from './config.ts';
import type { SchemeEntry } from './entries.ts';
import { workersOf } from './worker-counts.ts';

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
  /** Of the entry, with its λ. */
  readonly options: SchemeOptions;
  /** Key columns of the row but for experiment, model and dataset; no two cells have the same. */
  readonly key: CellColumns;
  readonly codec: Codec;
}

/** Coded points that several cells share: encoded and inferred once a trial. */
export interface CodedBatch {
  readonly K: number;
  readonly N: number;
  readonly encoder: Encoder;
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

/**
 * Everything a run will do in each trial. A scheme that is the same under two conditions (its N does not follow the config's)
 * has one cell, under the first of them.
 * @param tuned λ of the tuned entries; an entry without one stands in the plan with λ = 0 (for estimates)
 * @throws ConfigIssue for a scheme that cannot run under a condition, and for two cells that results could not tell apart
 */
export function makePlan(config: CodedConfig, tuned: TunedLambdas = new Map()): Plan {
  checkNames(config);
  checkSize(config);
  const conditions = expandConditions(config);
  checkEncodings(config, conditions);
  const cells: Cell[] = [];
  const byColumns = new Map<string, Cell>();
  /** Conditions that differ in faults alone share the codec. */
  const codecs = new Map<string, Codec>();
  conditions.forEach((condition, number) => {
    for (const entry of config.schemes) {
      const pair = entry.tune ? tuned.get(tunedKey(number, entry.label)) : undefined;
      const options: Record<string, unknown> = { ...entry.options, ...pair };
      const N = workersOf(entry, options, condition, config.N !== undefined);
      if (entry.rule) options.lambdaDec = lambdaByRule(entry.rule, { n: N - (condition.S ?? 0), q: condition.E });
      const key = cellColumns(entry, options, condition, N);
      const columns = JSON.stringify(key);
      const twin = byColumns.get(columns);
      if (twin && isSame(twin, entry, options)) continue;
      if (twin) {
        throw new ConfigIssue(
          ['schemes', entry.item],
          `${entry.label} has two cells that results could not tell apart (K = ${key.K}, N = ${N}, S = ${key.S}); give one of the schemes its own label`,
        );
      }
      const scheme = schemes.get(entry.scheme);
      const size = JSON.stringify([entry.item, options, condition.K, N]);
      const codec =
        codecs.get(size) ??
        faultOf(['schemes', entry.item], () => composeCodec(scheme, options, entry.combination, condition.K, N));
      codecs.set(size, codec);
      checkAttack(entry, condition, codec);
      const cell = { index: cells.length, condition: number, entry, scheme, N, options, key, codec };
      cells.push(cell);
      byColumns.set(columns, cell);
    }
  });
  const said = cells.map(({ scheme, condition, N }) => {
    const { K } = conditions[condition]!;
    return scheme.warning?.(K, N) ?? sizeWarning(K, N);
  });
  const warnings = [...new Set(said)].filter((text) => text !== undefined);
  return { conditions, cells, codedBatches: codedBatches(cells), warnings };
}

/**
 * Where schemes choose their own N, what the config says of sizes shows nothing.
 * @throws ConfigIssue for encoding matrices that would be too large, or too many, before any is made
 */
function checkEncodings(config: CodedConfig, conditions: readonly Condition[]): void {
  const sizes = new Map<string, { readonly K: number; readonly N: number }>();
  for (const condition of conditions)
    for (const [number, entry] of config.schemes.entries()) {
      const { K } = condition;
      const N = workersOf(entry, entry.options, condition, config.N !== undefined);
      sizes.set(`${number}/${K}/${N}`, { K, N });
    }
  const lists = (['K', 'S', 'E'] as const).toSorted((a, b) => config[b].length - config[a].length);
  checkMatrices([...sizes.values()], 1, config.settings ? ['settings'] : [lists[0]!]);
}

/** @throws ConfigIssue for an attack that has to know the decoder as a matrix, on a decoder that is none */
function checkAttack({ item, label }: SchemeEntry, { E, attack }: Condition, { decoder }: Codec): void {
  if (E === 0 || !attack || !attacks.get(attack.kind).conspire || 'decodingMatrix' in decoder) return;
  throw new ConfigIssue(
    ['schemes', item],
    `attack ${attack.kind} follows from the decoding matrix, and the decoder of ${label} is no fixed linear map; such are bacc, nercc and approxifer`,
  );
}

/** The plan with other codecs for some cells. */
export function withCodecs(plan: Plan, codecs: ReadonlyMap<Cell, Codec>): Plan {
  const cells = plan.cells.map((cell) => ({ ...cell, codec: codecs.get(cell) ?? cell.codec }));
  return { ...plan, cells, codedBatches: codedBatches(cells) };
}

/** Whether a cell is what an entry and options would be under a condition with the same columns. */
function isSame(cell: Cell, entry: SchemeEntry, options: SchemeOptions): boolean {
  const what = ({ scheme, combination }: SchemeEntry, of: SchemeOptions) => JSON.stringify([scheme, combination, of]);
  return what(cell.entry, cell.options) === what(entry, options);
}

/** The cells by what their workers compute, in ascending K. */
function codedBatches(cells: readonly Cell[]): CodedBatch[] {
  type Made = { K: number; N: number; encoder: Encoder; cells: Cell[] };
  const batches: Made[] = [];
  const alike = new Map<string, Made[]>();
  for (const cell of cells) {
    const { encoder } = cell.codec;
    const key = fingerprint(encoder);
    const candidates = alike.get(key) ?? [];
    alike.set(key, candidates);
    const batch = candidates.find((other) => sameEncoding(other.encoder, encoder));
    if (batch) batch.cells.push(cell);
    else {
      const made = { K: encoder.K, N: encoder.N, encoder, cells: [cell] };
      batches.push(made);
      candidates.push(made);
    }
  }
  return batches.sort((a, b) => a.K - b.K);
}

/** Equal for encoders of equal numbers, so that thousands of them are not compared with each other. */
function fingerprint({ K, N, matrix: { data } }: Encoder): string {
  const numbers = data.map((value) => value + 0); // 0 and -0 are equal numbers
  return `${K}/${N}/${hash('sha256', new Uint8Array(numbers.buffer), 'base64')}`;
}
