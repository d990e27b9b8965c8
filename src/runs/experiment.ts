import type { FileDigests, Manifest } from '../results/manifest.ts';
import type { Stage, UnitResults } from './stage.ts';

/** What decides the results besides the config. */
export interface Identity {
  /** SHA-256 by name. */
  readonly models: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
  /** Files of the schemes that are not of this program. */
  readonly schemes?: Readonly<Record<string, string>> | undefined;
  /** What each model runs on, such as `onnxruntime-node 1.30.0`. */
  readonly runtimes?: Readonly<Record<string, string>>;
  /** Points that go into one call of each model at most. */
  readonly calls?: Readonly<Record<string, number>>;
  /** What people should know of the models and data before they trust a result, a line each. */
  readonly warnings?: readonly string[];
  /** What was decided from them before the first trial, a line each. */
  readonly notes?: readonly string[];
}

/** Keys of the manifest that only one kind has, such as `tuned`. */
export type Details = Readonly<Record<string, unknown>>;

/** Runs a stage, going on from what its folder holds. @returns undefined when a signal ended it early */
type RunStage = <Result>(stage: Stage<Result>) => Promise<UnitResults<Result> | undefined>;

/** What an experiment is given to prepare itself. */
export interface Preparation {
  /** Folder of the run. */
  readonly out: string;
  /** What the run that begins is. */
  readonly manifest: Manifest;
  readonly run: RunStage;
  /** Takes the digests of files that were written beside the stages' own. */
  wrote(folder: string, digests: FileDigests): void;
  /** Says a line that people should read. */
  notice(line: string): void;
}

/** What this folder has to know of an experiment. A kind makes it from a config. */
export interface Experiment<Result> {
  readonly name: string;
  /** The resolved config as plain data: it goes into the manifest, and says what the same experiment is. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The config as it was written, as YAML. */
  readonly written: string;
  readonly seed: number;
  readonly trials: number;
  /** `tune` when the folder is to hold a search of λ. */
  readonly madeBy?: 'tune';
  /** Keys of the config that a flag switched off. */
  readonly switchedOff?: readonly string[];
  /** Set when every result depends on how many trials there are: why. */
  readonly needsAllTrials?: string;
  /** Set when the units cannot be shared out among machines: why. */
  readonly undivided?: string;
  /** Opens models and data, checks that they fit, and says what they are. */
  identify(): Promise<Identity>;
  /** What has to be known before the units are: runs stages of its own. @returns undefined when a signal ended one early */
  prepare?(given: Preparation): Promise<Details | undefined>;
  /** The stage whose units are the experiment's; absent where preparing is all there is. */
  stage?(identity: Identity, details: Details): Stage<Result>;
  /**
   * Writes what follows from all units.
   * @param results of `stage`; empty where there is none
   * @returns digests of the files that hold results
   */
  conclude(out: string, identity: Identity, details: Details, results: UnitResults<Result>): FileDigests;
  /** Gives back what `identify` opened. */
  close?(): Promise<void>;
  /** Lines for people that came up in what `identify` opened: asked when it is closed. */
  lastRemarks?(): readonly string[];
}

/** A part of the units: every `count`-th, beginning with number `index` (1 … count). */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

export function shardUnits(units: readonly string[], shard: Shard | undefined): readonly string[] {
  return shard ? units.filter((_, place) => place % shard.count === shard.index - 1) : units;
}
