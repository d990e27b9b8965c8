import { deserialize, serialize } from 'node:v8';
import type { Redis } from 'ioredis';
import { type Manifest, withoutFolders } from '../../results/manifest.ts';
import { sha256 } from '../../util/files.ts';
import type { ProcessIdentity } from '../../util/process.ts';
import type { Remote, Stage, UnitOutcome } from '../stage.ts';

/*
 * What coordinators and workers say to each other. All keys begin with the prefix, so that an ACL can be limited to it:
 *   approxifer:stages             set of the ids of stages that are being carried out
 *   approxifer:stage:<id>         a StageOffer
 *   approxifer:coordinator:<id>   who hands out its units; goes away by itself when that process dies
 *   approxifer:progress:<id>      a StageProgress
 *   approxifer:workers            hash of WorkerSigns
 *   approxifer:<id>:…             the BullMQ queue of the stage; a job is a list of units
 */

export const prefix = 'approxifer';

export const keys = {
  stages: `${prefix}:stages`,
  workers: `${prefix}:workers`,
  stage: (id: string) => `${prefix}:stage:${id}`,
  coordinator: (id: string) => `${prefix}:coordinator:${id}`,
  progress: (id: string) => `${prefix}:progress:${id}`,
};

/** A file that a config names, as the coordinator found it. */
export interface OfferedFile {
  /** As the config names it. */
  readonly path: string;
  /** Absent of a folder: what is in it is compared when it is opened. */
  readonly content?: { readonly bytes: number; readonly sha256: string };
}

/** What a coordinator knows of its experiment, for workers that open it elsewhere. */
export interface ExperimentOffer {
  readonly written: string;
  /** Folder that paths of the config start from, on the coordinator's machine. */
  readonly folder: string;
  readonly files: readonly OfferedFile[];
}

/** A stage whose units are to be computed. */
export interface StageOffer extends ExperimentOffer {
  readonly name: string;
  readonly experiment: string;
  /** What decides the results besides the config. */
  readonly identity: Pick<Manifest, 'digests' | 'versions'>;
  /** Equal for the stages of one experiment: what is found out of one holds of all. */
  readonly experimentId: string;
  readonly remote: Remote;
  readonly oneAtATime: boolean;
  /** Units that are computed together. */
  readonly block: number;
}

export interface StageProgress {
  readonly done: number;
  readonly total: number;
  readonly secondsLeft?: number;
}

/** What a worker says of itself every few seconds. */
export interface WorkerSigns {
  readonly process: ProcessIdentity;
  readonly threads: number;
  /** The stage that it works for. */
  readonly stage?: string;
  /** Why it takes nothing of some experiments, by their name. */
  readonly refused: Readonly<Record<string, string>>;
  /** Seconds on the clock of Redis. */
  readonly seen: number;
}

/** After what silence a process counts as gone, in seconds. */
export const silence = 15;

/** Data of a job. */
export interface UnitJob {
  readonly units: readonly string[];
}

/** What a job comes to. */
export interface UnitAnswer {
  /** Outcomes by unit, packed. */
  readonly outcomes: string;
  /** Time that a thread spent. */
  readonly seconds: number;
}

export type Outcomes = readonly (readonly [string, UnitOutcome<unknown>])[];

/** Plain data as text. Typed arrays and NaN come back as they were, which JSON cannot. */
export function pack(value: unknown): string {
  return serialize(value).toString('base64');
}

export function unpack<T>(text: string): T {
  return deserialize(Buffer.from(text, 'base64')) as T;
}

/** The offer of a stage; undefined for what another program, or another version of this one, keeps under its key. */
export function offerIn(text: string): StageOffer | undefined {
  try {
    const { experiment, name, remote } = unpack<Partial<StageOffer>>(text);
    const isOffer = typeof experiment === 'string' && typeof name === 'string' && typeof remote?.module === 'string';
    return isOffer ? unpack<StageOffer>(text) : undefined;
  } catch {
    return undefined;
  }
}

/** The same of a JSON text. */
function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

export function progressIn(text: string): StageProgress | undefined {
  const { done, total, secondsLeft } = objectIn(text);
  if (typeof done !== 'number' || typeof total !== 'number') return undefined;
  return { done, total, ...(typeof secondsLeft === 'number' && { secondsLeft }) };
}

function signsIn(text: string): WorkerSigns | undefined {
  const said = objectIn(text) as Partial<WorkerSigns>;
  const { process, threads, refused, seen } = said;
  const isWhole = typeof process?.pid === 'number' && typeof threads === 'number' && typeof seen === 'number';
  return isWhole && refused ? { ...said, process, threads, refused, seen } : undefined;
}

/** The id of an experiment: what decides its results. */
export function experimentIdOf({ config, digests, versions, seed }: Manifest): string {
  const { approxifer, onnxruntime } = versions;
  return sha256(JSON.stringify([withoutFolders(config, digests), digests, { approxifer, onnxruntime }, seed])).slice(
    0,
    24,
  );
}

/** The id of a stage, which is the name of its queue. */
export function stageIdOf<Result>(experimentId: string, { name, folder, remote }: Stage<Result>): string {
  const { folder: _, listing: __, store: ___, config, ...rest } = remote.spec;
  const spec = pack([withoutFolders(JSON.parse(JSON.stringify(config))), rest]);
  return sha256(JSON.stringify([experimentId, name, folder, spec])).slice(0, 24);
}

/** BullMQ takes a number for an id of its own. */
export function jobIdOf(stageId: string, units: readonly string[]): string {
  return `u${sha256(JSON.stringify([stageId, units])).slice(0, 24)}`;
}

/** Options of the BullMQ queue of a stage. Its events hold results too, and nobody reads them. */
export function queueOptions(redis: Redis) {
  return { connection: redis, prefix, streams: { events: { maxLen: 16 } }, skipVersionCheck: true };
}

/** Seconds on the clock of Redis, the one that all share. */
export async function redisTime(redis: Redis): Promise<number> {
  const [seconds] = await redis.time();
  return Number(seconds);
}

/** The workers that live. */
export async function liveWorkers(redis: Redis): Promise<WorkerSigns[]> {
  const [now, all] = await Promise.all([redisTime(redis), redis.hgetall(keys.workers)]);
  const signs = Object.entries(all).flatMap(([id, text]) => {
    const sign = signsIn(text);
    return sign ? [{ id, sign }] : [];
  });
  const gone = signs.filter(({ sign }) => now - sign.seen > 100 * silence).map(({ id }) => id);
  if (gone.length > 0) await redis.hdel(keys.workers, ...gone);
  return signs.map(({ sign }) => sign).filter(({ seen }) => now - seen <= silence);
}
