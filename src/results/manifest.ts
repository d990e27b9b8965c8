import { createHash } from 'node:crypto';
import path from 'node:path';
import type { FileBytes } from '../util/file-bytes.ts';
import { sha256 } from '../util/files.ts';
import { formatVersion } from './schema.ts';

/** SHA-256 by name of file; that of a text is over `\n` at the ends of its lines, since a checkout may change them. */
export type FileDigests = Readonly<Record<string, string>>;

/** `manifest.json`: what a run was, complete enough to repeat it. */
export interface Manifest {
  /** Version of the file formats of the whole folder. */
  readonly format: number;
  /** The resolved config: every default filled in, lists expanded. */
  readonly config: Readonly<Record<string, unknown>>;
  /** SHA-256 of the resolved config. */
  readonly config_sha256: string;
  /** The config as it was written, with what flags changed in it: YAML that runs when it is pasted into a file. */
  readonly written?: string;
  /** Keys of the config that a flag switched off (`--tuned`: `tune`): they are no part of what the experiment is. */
  readonly switched_off?: readonly string[];
  readonly seed: number;
  readonly trials: number;
  /** `running` until all files are there. */
  readonly status?: 'running' | 'done';
  /** `tune` where the folder is the result of that command: its summary is a λ surface. */
  readonly made_by?: 'tune';
  /** `3/8` when this folder holds a part of the trials. */
  readonly shard?: string;
  readonly versions: { readonly approxifer: string; readonly node: string; readonly onnxruntime: string };
  /** Git revision of the code, `null` outside a repository; several (`a, b`) where trials were made by each of them. */
  readonly revision: string | null;
  /** SHA-256 by name. */
  readonly digests: {
    readonly models: Readonly<Record<string, string>>;
    readonly data: Readonly<Record<string, string>>;
    /** Files of schemes that are not of this program; absent where there is none. */
    readonly schemes?: Readonly<Record<string, string>>;
  };
  /** What each model ran on, such as `onnxruntime-node 1.30.0`. */
  readonly runtimes?: Readonly<Record<string, string>>;
  /** Points that went into one call of each model at most: more of them were put into calls of this size. */
  readonly calls?: Readonly<Record<string, number>>;
  /** Processor, cores, platform; left out of a reference. */
  readonly machine?: Readonly<Record<string, unknown>>;
  /** When the run started and ended, how long its stages took; left out of a reference. */
  readonly times?: Readonly<Record<string, unknown>>;
  /** Numbers of batches, inferences, decodes, failed cells. */
  readonly counts?: Readonly<Record<string, number>>;
  /** Digests of the files that hold results, by path inside the folder. */
  readonly files_sha256?: FileDigests;
  /** What manifests had before `files_sha256`: the digest of `summary.csv` alone. */
  readonly summary_sha256?: string;
  /** Where a reference came from; written by `accept`. */
  readonly accepted?: { readonly from: string; readonly at: string; readonly by_version: string };
  /** λ pairs chosen by tuning, with what they were chosen on. */
  readonly tuned?: unknown;
  /** Of a training: the data in numbers, and the accuracy without coding. */
  readonly baseline?: unknown;
  /** SHA-256 of all that stands before it. */
  readonly manifest_sha256?: string;
}

/** The revisions of both, each once, as a manifest holds them. */
export function joinRevisions(a: string | null, b: string | null): string | null {
  const all = [a, b].flatMap((text) => text?.split(', ') ?? []);
  return all.length === 0 ? null : [...new Set(all)].join(', ');
}

/** What the configs of runs say of how their table is to be shown. */
export interface TableOptions {
  /** Which scale of the mean squared error tables and figures show: that of the first run. */
  readonly mse: 'mse' | 'mse_per_output';
  /** Patterns that a trial is the mean over; more than one number where the runs differ. */
  readonly patterns: readonly number[];
  /** Whether all trials of a run decode one batch, so that their spread is that of faults alone. */
  readonly fixedBatch?: boolean;
}

export function tableOptions(...manifests: readonly Pick<Manifest, 'config'>[]): TableOptions {
  const table = manifests[0]?.config.table as { mse?: unknown } | undefined;
  return {
    mse: table?.mse === 'mse_per_output' ? 'mse_per_output' : 'mse',
    patterns: [...new Set(manifests.map(({ config }) => (config.patterns as number | undefined) ?? 1))],
    ...(manifests.some(({ config }) => config.batch === 'fixed') && { fixedBatch: true }),
  };
}

/** Keys of the config that do not change what an experiment is: how much of it is run, and how it is shown. */
const notIdentity = new Set(['trials', 'until', 'seed', 'figures', 'table']);

/** One thing in which two runs are not the same experiment. */
export interface Difference {
  /** Such as `config.schemes[1].options.lambdaDec`. */
  readonly what: string;
  readonly a: unknown;
  readonly b: unknown;
}

/**
 * In what two runs are different experiments: the resolved config but for trials, seed and presentation, the digests of
 * model and data, the versions of approxifer and ONNX Runtime. Empty when they are the same one. Where on a disk a file was
 * does not count: its digest says what it is.
 * @param options.anyVersion leaves the versions out, to compare results across an upgrade
 */
export function experimentDifferences(
  a: Manifest,
  b: Manifest,
  options: { readonly anyVersion?: boolean } = {},
): Difference[] {
  const leftOut = new Set([...notIdentity, ...(a.switched_off ?? []), ...(b.switched_off ?? [])]);
  return [
    ...deepDifferences('config', experimentConfig(a, leftOut), experimentConfig(b, leftOut)),
    ...deepDifferences('digests.models', a.digests.models, b.digests.models),
    ...deepDifferences('digests.data', a.digests.data, b.digests.data),
    ...deepDifferences('digests.schemes', a.digests.schemes ?? {}, b.digests.schemes ?? {}),
    ...(options.anyVersion
      ? []
      : deepDifferences(
          'versions',
          { approxifer: a.versions.approxifer, onnxruntime: a.versions.onnxruntime },
          { approxifer: b.versions.approxifer, onnxruntime: b.versions.onnxruntime },
        )),
  ];
}

/** A side of a difference on one line, cut to what a line holds. */
export function settingText(value: unknown): string {
  const text = value === undefined ? 'absent' : JSON.stringify(value);
  return text.length <= 100 ? text : `${text.slice(0, 97)}...`;
}

function experimentConfig({ config, digests }: Manifest, leftOut: ReadonlySet<string>): unknown {
  const own = Object.fromEntries(Object.entries(config).filter(([key]) => !leftOut.has(key)));
  return withoutNames(withoutFolders(own, digests));
}

/** Keys under which a config names a folder of files that each have a digest: what it is called says nothing more. */
const folderKeys = new Set(['gisette', 'models']);

function withoutNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNames);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) =>
      folderKeys.has(key) && typeof entry === 'string' ? [key, true] : [key, withoutNames(entry)],
    ),
  );
}

/** Keys under which a config names files. */
const fileKeys = new Set(['model', 'dataset', 'models', 'files', 'encode', 'decode', 'nodes']);

/** How long something may take, and where servers are: no part of what an experiment is, wherever it stands. */
const circumstances = new Set(['timeout', 'endpoints']);

/**
 * A config with its paths cut down to their last part: where on a disk a file was does not count. Of the words of a command
 * these are the files that have a digest.
 */
export function withoutFolders(
  config: Readonly<Record<string, unknown>>,
  digests?: Manifest['digests'],
): Record<string, unknown> {
  const known = new Set(Object.keys(digests?.schemes ?? {}).map((name) => name.slice(name.lastIndexOf(': ') + 2)));
  const word = (text: unknown) => (known.has(String(lastParts(text))) ? lastParts(text) : text);
  const entryOf = (key: string, value: unknown): unknown => {
    if (fileKeys.has(key)) return lastParts(value);
    return key === 'command' && Array.isArray(value) ? value.map(word) : inside(value);
  };
  const inside = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inside);
    if (!isObject(value)) return value;
    const entries = Object.entries(value).filter(([key]) => !circumstances.has(key));
    return Object.fromEntries(entries.map(([key, entry]) => [key, entryOf(key, entry)]));
  };
  return inside(config) as Record<string, unknown>;
}

function lastParts(value: unknown): unknown {
  if (typeof value === 'string') return path.basename(value.replaceAll('\\', '/'));
  if (Array.isArray(value)) return value.map(lastParts);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, lastParts(entry)]));
}

/** The digest of a file's content, as `files_sha256` has it. */
export function digestOfContent(name: string, content: Uint8Array): string {
  if (!isText(name)) return sha256(content);
  return sha256(Buffer.from(content).toString('utf8').replaceAll('\r\n', '\n'));
}

/** The same of a file that may be larger than memory. */
export function digestOfPieces(name: string, bytes: FileBytes): string {
  const hash = createHash('sha256');
  for (let offset = 0; ; ) {
    let piece = bytes.from(offset, 2);
    if (piece.length === 0) return hash.digest('hex');
    if (piece.length > 1 && piece.at(-1) === 13) piece = piece.subarray(0, -1); // its \n may come with the next piece
    offset += piece.length;
    const hasOther = isText(name) && piece.includes('\r\n');
    hash.update(hasOther ? Buffer.from(piece.toString('latin1').replaceAll('\r\n', '\n'), 'latin1') : piece);
  }
}

function isText(name: string): boolean {
  return /\.(csv|md|tex|json)$/.test(name);
}

/** The text of `manifest.json`; its last key is the digest of what stands before. */
export function manifestText(manifest: Manifest): string {
  const { manifest_sha256: _, ...rest } = manifest;
  return `${JSON.stringify({ ...rest, manifest_sha256: manifestDigest(rest) }, null, 2)}\n`;
}

function manifestDigest(manifest: object): string {
  return sha256(JSON.stringify(manifest));
}

/** Where two JSON values differ, with the path to each place. A key that is absent and one that is null are equal. */
export function deepDifferences(what: string, a: unknown, b: unknown): Difference[] {
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
    return a.flatMap((entry, i) => deepDifferences(`${what}[${i}]`, entry, b[i]));
  }
  if (isObject(a) && isObject(b)) {
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
    return keys.flatMap((key) => deepDifferences(`${what}.${key}`, a[key], b[key]));
  }
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null) ? [] : [{ what, a, b }];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws Error that says what is wrong with a value read as a manifest */
export function assertManifest(value: unknown): asserts value is Manifest {
  const fault = manifestFault(value);
  if (fault) throw new Error(fault);
}

function manifestFault(value: unknown): string | undefined {
  if (!isObject(value)) return 'is not an object';
  if (typeof value.format !== 'number') return 'has no "format"';
  if (value.format !== formatVersion) {
    return `has format ${value.format}, this approxifer reads format ${formatVersion}`;
  }
  const digests = value.digests;
  if (!isObject(value.config)) return 'has no "config"';
  if (typeof value.seed !== 'number') return 'has no "seed"';
  if (!isObject(value.versions)) return 'has no "versions"';
  if (!isObject(digests) || !isObject(digests.models) || !isObject(digests.data)) {
    return 'has no "digests" of models and data';
  }
  const { manifest_sha256: digest, ...rest } = value;
  // manifests from before files_sha256 have no digest of their own
  const isSealed = digest !== undefined || value.files_sha256 !== undefined;
  if (isSealed && digest !== manifestDigest(rest)) {
    return 'is not what was written: it was edited or damaged; run the experiment again';
  }
  return undefined;
}
