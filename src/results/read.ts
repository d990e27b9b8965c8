import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { type MeasuredName, measuredNames } from '../metrics/measured.ts';
import { UserError } from '../util/errors.ts';
import { cellIdentity } from './cells.ts';
import { assertManifest, type Manifest } from './manifest.ts';
import { digestOfRunFile, hasFile, readRunText } from './run-files.ts';
import {
  type CellKey,
  failureColumns,
  files,
  fromBestColumns,
  iterationColumns,
  type KeyColumn,
  keyColumns,
  leastPairedColumns,
  numericKeys,
  type SideKey,
  sideKeys,
} from './schema.ts';
import { type Undecoded, withUndecoded } from './undecoded.ts';

/** Mean, sample standard deviation and standard error of one metric in one cell; NaN where undefined. */
export interface MetricStatistics {
  readonly mean: number;
  readonly std: number;
  readonly sem: number;
}

/** The statistics of a metric that a summary has no columns of. */
export const notMeasured: MetricStatistics = { mean: Number.NaN, std: Number.NaN, sem: Number.NaN };

/** A row of `summary.csv`. */
export interface SummaryRow {
  readonly key: CellKey;
  readonly trials: number;
  /** The metrics that are columns of this file. */
  readonly metrics: ReadonlyMap<MeasuredName, MetricStatistics>;
  /** Trials in which the base model had no query right. */
  readonly relaccUndefined: number;
  /** The trials that could not be decoded; absent where all could. */
  readonly undecoded?: Undecoded;
  /** What ended a run with `until:`; absent where all trials were to be run. */
  readonly stoppedBy?: string;
  /** What of this row kept a run with `until:` from ending before its last trial, such as `mse wide 7.1%/5%; relacc few 12/30`. */
  readonly heldUpBy?: string;
  /** On a λ surface: the tuning metric minus that of the best pair, paired, with its 95 % interval. */
  readonly fromBest?: { readonly mean: number; readonly low: number; readonly high: number };
}

/** One of the two cells of a paired difference. */
export type PairedSide = Pick<CellKey, 'scheme' | SideKey>;

/** A row of `paired.csv`: the mean of `a - b` over paired trials. */
export interface PairedRow {
  /** What both cells have in common: a key in which they differ is empty, as is the scheme. */
  readonly key: CellKey;
  /** In files from before these columns a side has what both have in common. */
  readonly a: PairedSide;
  readonly b: PairedSide;
  readonly metric: string;
  readonly trials: number;
  readonly mean: number;
  readonly sem: number;
  readonly low: number;
  readonly high: number;
}

/** A row of `iterations.csv`. */
export interface IterationRow {
  readonly key: CellKey;
  readonly trial: number;
  readonly iteration: number;
  /** Which clock the seconds are of. */
  readonly clock: string;
  readonly accuracy: number;
  readonly loss: number;
  readonly compute: number;
  readonly wait: number;
  readonly verify: number;
  readonly decode: number;
  readonly recode: number;
  /** Blocks of the code in use. */
  readonly kUsed: number;
  /** Workers excluded so far, as the file gives it. */
  readonly excluded: string;
}

/** A CSV file as text cells; `line` is the place of a row in the file. */
interface Table {
  readonly file: string;
  readonly rows: readonly { readonly line: number; readonly cells: Readonly<Record<string, string>> }[];
  readonly columns: ReadonlySet<string>;
}

/** @throws UserError when `folder` is not a run */
export function readManifest(folder: string): Manifest {
  const file = path.join(folder, files.manifest);
  let value: unknown;
  const text = readRunText(folder, files.manifest);
  try {
    value = JSON.parse(text);
  } catch {
    throw new UserError(`${file}: is not JSON; it was cut off or edited: run the experiment again`);
  }
  try {
    assertManifest(value);
  } catch (error) {
    throw new UserError(`${file}: ${(error as Error).message}`);
  }
  return value;
}

/** Manifest and summary of a finished run, or of a reference. */
export interface Results {
  readonly manifest: Manifest;
  readonly rows: readonly SummaryRow[];
  /** Set when the summary is not the one that the run wrote: says so in one line. */
  readonly changed?: string;
}

/**
 * @throws UserError when the run is not finished (one that is extended still has its earlier summary) or has a cell twice,
 * or as `readSummary`
 */
export function readResults(folder: string): Results {
  const manifest = readManifest(folder);
  if (manifest.status === 'running') throw new UserError(`${folder}: is not finished; run it again to go on`);
  const table = readTable(folder, files.summary, leastSummaryColumns);
  const rows = withUndecoded(summaryRows(table), failuresOf(folder));
  const lines = new Map<string, number>();
  rows.forEach(({ key }, i) => {
    const { line } = table.rows[i]!;
    const first = lines.get(cellIdentity(key));
    if (first !== undefined)
      throw new UserError(`${table.file}:${line}: has the cell of line ${first} again; run the experiment again`);
    lines.set(cellIdentity(key), line);
  });
  const changed = [files.summary, files.paired, files.ratios, files.optimum]
    .map((name) => changeOf(folder, name, manifest))
    .find(Boolean);
  return { manifest, rows, ...(changed !== undefined && { changed }) };
}

/**
 * Says in one line which file of a run is not as it was written, over all that its manifest has a digest of; undefined where
 * none is. Reads every one of them.
 */
export function damageOf(folder: string, manifest: Manifest): string | undefined {
  for (const name of Object.keys(manifest.files_sha256 ?? {})) {
    if (!hasFile(folder, name)) return `${path.join(folder, name)}: is gone`;
    const change = changeOf(folder, name, manifest);
    if (change !== undefined) return change;
  }
  return undefined;
}

/** Says that a file is not the one that the run wrote; undefined where it is, or nobody knows. */
function changeOf(folder: string, name: string, manifest: Manifest): string | undefined {
  const expected = manifest.files_sha256?.[name] ?? (name === files.summary ? manifest.summary_sha256 : undefined);
  if (expected === undefined) return undefined;
  if (digestOfRunFile(folder, name) === expected) return undefined;
  return `${path.join(folder, name)}: is not what the run wrote (${files.manifest} has another SHA-256): changed, cut off or of another run`;
}

/** @throws UserError when the file is missing, cut off or not a summary */
export function readSummary(folder: string): SummaryRow[] {
  return withUndecoded(summaryRows(readTable(folder, files.summary, leastSummaryColumns)), failuresOf(folder));
}

/** A metric that a summary has no columns of was not measured, as in one from before there was such a metric. */
const leastSummaryColumns: readonly string[] = [...keyColumns, 'trials'];

function summaryRows(table: Table): SummaryRow[] {
  const [fromBest] = fromBestColumns;
  const isSurface = table.columns.has(fromBest);
  const isPresent = (name: string) => {
    const columns = ['mean', 'std', 'sem'].map((statistic) => `${name}_${statistic}`);
    const missing = columns.filter((column) => !table.columns.has(column));
    if (missing.length > 0 && missing.length < columns.length) throw noColumns(table.file, missing);
    return missing.length === 0;
  };
  const present = measuredNames.filter(isPresent);
  return table.rows.map(({ line, cells }) => {
    const number = (column: string) => metricNumber(table, line, column, cells[column]);
    return {
      key: cellKey(table, line, cells),
      trials: number('trials'),
      metrics: new Map(
        present.map((name): [MeasuredName, MetricStatistics] => [
          name,
          { mean: number(`${name}_mean`), std: number(`${name}_std`), sem: number(`${name}_sem`) },
        ]),
      ),
      relaccUndefined: table.columns.has('relacc_undefined') ? number('relacc_undefined') : 0,
      ...(cells.stopped_by && { stoppedBy: cells.stopped_by }),
      ...(cells.held_up_by && { heldUpBy: cells.held_up_by }),
      ...(isSurface && {
        fromBest: { mean: number('from_best_mean'), low: number('from_best_low'), high: number('from_best_high') },
      }),
    };
  });
}

/** @throws UserError as `readSummary` */
export function readPaired(folder: string): PairedRow[] {
  const table = readTable(folder, files.paired, leastPairedColumns);
  return table.rows.map(({ line, cells }) => {
    const number = (column: string) => metricNumber(table, line, column, cells[column]);
    const side = (which: 'a' | 'b'): PairedSide => {
      const own = sideKeys.flatMap((column) => {
        const text = cells[`${column}_${which}`];
        return text === undefined ? [] : [[column, text] as const];
      });
      return cellKey(table, line, { ...cells, ...Object.fromEntries(own), scheme: cells[`scheme_${which}`]! });
    };
    return {
      key: cellKey(table, line, cells),
      a: side('a'),
      b: side('b'),
      metric: cells.metric!,
      trials: number('trials'),
      mean: number('diff_mean'),
      sem: number('diff_sem'),
      low: number('ci_low'),
      high: number('ci_high'),
    };
  });
}

/** @throws UserError as `readSummary` */
export function readIterations(folder: string): IterationRow[] {
  const table = readTable(folder, files.iterations, iterationColumns);
  return table.rows.map(({ line, cells }) => {
    const number = (column: string) => metricNumber(table, line, column, cells[column]);
    return {
      key: cellKey(table, line, cells),
      trial: number('trial'),
      iteration: number('iteration'),
      clock: cells.clock!,
      accuracy: number('accuracy'),
      loss: number('loss'),
      compute: number('compute_s'),
      wait: number('wait_s'),
      verify: number('verify_s'),
      decode: number('decode_s'),
      recode: number('recode_s'),
      kUsed: number('K_used'),
      excluded: cells.excluded!,
    };
  });
}

/** A row of `failures.csv`: a cell that could not be decoded in a trial. */
export interface FailureRow {
  readonly key: CellKey;
  readonly trial: number;
  readonly reason: string;
}

/** @throws UserError as `readSummary` */
export function readFailures(folder: string): FailureRow[] {
  const table = readTable(folder, files.failures, failureColumns);
  return table.rows.map(({ line, cells }) => ({
    key: cellKey(table, line, cells),
    trial: metricNumber(table, line, 'trial', cells.trial),
    reason: cells.reason!,
  }));
}

function failuresOf(folder: string): FailureRow[] | undefined {
  return hasFile(folder, files.failures) ? readFailures(folder) : undefined;
}

/** Rows of `failures.csv`. */
export function countFailures(folder: string): number {
  return readTable(folder, files.failures, failureColumns).rows.length;
}

/** Whether a folder is the result of `tune`. Folders from before `made_by` show it by their files. */
export function madeByTune(folder: string, { made_by }: Manifest): boolean {
  return made_by === 'tune' || (hasFile(folder, files.optimum) && !hasFile(folder, files.trials));
}

function readTable(folder: string, name: string, required: readonly string[]): Table {
  const file = path.join(folder, name);
  const text = readRunText(folder, name);
  if (text === '') throw new UserError(`${file}: is empty; run the experiment again`);
  if (!text.endsWith('\n'))
    throw new UserError(`${file}: the last line is cut off; run the experiment again to finish it`);
  let records: { info: { lines: number }; record: Record<string, string> }[];
  try {
    records = parse(text, {
      columns: true,
      bom: true,
      info: true,
      skip_empty_lines: true,
    }) as typeof records;
  } catch (error) {
    const { message, lines } = error as Error & { lines?: number };
    throw new UserError(`${file}:${lines ?? 1}: ${message.split('\n')[0]}`);
  }
  const columns = new Set(
    text
      .slice(0, text.indexOf('\n'))
      .replace(/^\uFEFF/, '')
      .trim()
      .split(','),
  );
  const missing = required.filter((column) => !columns.has(column));
  if (missing.length > 0) throw noColumns(file, missing);
  return { file, columns, rows: records.map(({ info, record }) => ({ line: info.lines, cells: record })) };
}

function noColumns(file: string, missing: readonly string[]): UserError {
  return new UserError(`${file}:1: no column ${missing.join(', ')}; is this a ${path.basename(file)} of approxifer?`);
}

const isNumeric = new Set<KeyColumn>(numericKeys);

function cellKey(table: Table, line: number, cells: Readonly<Record<string, string>>): CellKey {
  return Object.fromEntries(
    keyColumns.map((column): [KeyColumn, string | number | undefined] => {
      const text = cells[column] ?? '';
      if (!isNumeric.has(column)) return [column, text];
      return [column, text === '' ? undefined : metricNumber(table, line, column, text)];
    }),
  ) as CellKey;
}

/** A number, NaN for an empty cell. `Infinity` and `NaN` may be spelled out. */
function metricNumber(table: Table, line: number, column: string, text: string | undefined): number {
  if (text === undefined || text === '' || text === 'NaN') return Number.NaN;
  const value = Number(text);
  if (Number.isNaN(value)) throw new UserError(`${table.file}:${line}: ${column} is "${text}", expected a number`);
  return value;
}
