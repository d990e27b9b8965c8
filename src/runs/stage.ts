import type { Lines } from './lines.ts';
import type { StoreSpec } from './store/store.ts';

/**
 * A run is stages of units. A unit is a piece of work with a stable id that does not depend on the other units of its stage:
 * a trial, the training of one cell. Kinds say what the units are and how they stand in a file; this folder carries them out.
 */

/** A cell that gave no result in a unit. */
export interface Failure {
  /** Place of the cell in `UnitFormat.keys`. */
  readonly cell: number;
  readonly reason: string;
}

/** What a unit came to. Plain data: it crosses threads. */
export interface UnitOutcome<Result> {
  readonly result: Result;
  readonly failures: readonly Failure[];
  /** Files beside the rows, by name; they are written before the rows count. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
  /** What computing it took, which is no part of the result. */
  readonly effort?: Effort;
}

/** What units took, and what people should read of it. */
interface Effort {
  /** Points that went through models. */
  readonly inferred: number;
  /** Points whose answers were read from the store of answers instead. */
  readonly saved: number;
  /** Lines for people. */
  readonly remarks: readonly string[];
}

/** How the units of a stage stand in a CSV file: each is one block of lines. */
export interface UnitFormat<Result> {
  /** Name of the finished file, such as `trials.csv`. */
  readonly file: string;
  /** Its header as a CSV line, without the end of the line. */
  readonly header: string;
  /** Key columns of each cell as CSV text: what the rows of `failures.csv` begin with. */
  readonly keys: readonly string[];
  /** The cell and trial columns of a unit's failures. */
  trialOf(unit: string): number;
  /** The unit that a row of `failures.csv` is of. */
  unitOf(cell: number, trial: number): string;
  /** Names of the files that a unit yields beside its lines; absent where it yields none. */
  files?(result: Result): readonly string[];
  /** What stands for a unit that could not be computed anywhere, all its cells failed; absent where nothing can. */
  failed?(unit: string, reason: string): UnitOutcome<Result>;
  /** The lines of a unit, each with its end. Doubles are written so that they read back to the same. */
  text(unit: string, result: Result): string;
  /**
   * Takes the lines of one unit.
   * @returns undefined when they are of another experiment
   * @throws UserError for lines that no run writes
   */
  read(lines: Lines): { readonly unit: string; readonly result: Result } | undefined;
}

/** What a unit that takes long is given, so that it shows how far it is and can be ended. */
interface UnitWatch {
  /** A unit that ends early throws its reason, and goes on from what it stored the next time. */
  readonly signal?: AbortSignal | undefined;
  /** Takes how many of its `Stage.parts` are done. */
  readonly onPart?: (done: number) => void;
}

/** Computes units, one at a time. */
export interface UnitRunner<Result> {
  /** @param watch only for units of the thread of the run itself */
  run(unit: string, watch?: UnitWatch): Promise<UnitOutcome<Result>>;
  /** Computes several together. @returns an outcome for each, in their order */
  runBlock?(units: readonly string[]): Promise<readonly UnitOutcome<Result>[]>;
  close(): Promise<void>;
  /** Lines for people that came up after the last unit: asked when it is closed. */
  lastRemarks?(): readonly string[];
}

/** A module that runs units in another thread. */
export interface UnitModule {
  open(spec: unknown): Promise<UnitRunner<unknown>>;
}

/** What computes the units of a stage elsewhere: a `UnitModule`, by URL, and the plain data that its `open` takes. */
export interface Remote {
  readonly module: string;
  readonly spec: RemoteSpec;
}

/** What another machine has to adapt: names of files are relative to `folder`, and what was found out there may be other here. */
export interface RemoteSpec {
  readonly config: object;
  /** Folder that paths of the config start from. */
  readonly folder: string;
  readonly listing?: object | undefined;
  /** Where answers are kept; absent: nowhere. */
  readonly store?: StoreSpec | undefined;
}

/** A part of a run. */
export interface Stage<Result> {
  /** What progress shows: `trials`, `tuning`. */
  readonly name: string;
  /** Folder of its files inside that of the run; empty for the run's own. */
  readonly folder: string;
  /** Parts that a unit says it is at, for progress: epochs of a training; 1 when absent. */
  readonly parts?: number;
  /** Ids in the order of the finished file. */
  readonly units: readonly string[];
  readonly format: UnitFormat<Result>;
  /** Units that are computed together, by runners that can; absent: one. */
  readonly block?: number;
  /** Opens what the units need, in this thread. */
  readonly open: () => Promise<UnitRunner<Result>>;
  /** Gives back what `open` would have used, before other threads open it for themselves. */
  readonly leaveToThreads?: () => Promise<void>;
  /** The same as `open` for other threads and machines. */
  readonly remote: Remote;
  /** Set where units measure time: then they run one after the other in this thread, however many jobs there are. */
  readonly oneAtATime?: boolean;
  /**
   * Set where a unit may compute for seconds without a pause: then it runs in another thread even for one job, so that this
   * one answers signals.
   */
  readonly mayTakeLong?: boolean;
  /** Set where the stage may end before all its units are done. */
  readonly looks?: Looks<Result>;
}

/** A fixed schedule: what is found at a look depends on the first units alone, whoever computes them and in what order. */
export interface Looks<Result> {
  /** Numbers of units, ascending; the last one is that of all. */
  readonly ends: readonly number[];
  /** @param first the results of the first units, as many as the look says */
  isEnough(first: UnitResults<Result>, look: number): boolean;
}

/** The units of a stage that is complete. They are read from its file when they are asked for. */
export interface UnitResults<Result> {
  readonly size: number;
  get(unit: string): UnitOutcome<Result> | undefined;
  /** In the order of the stage. */
  values(): Iterable<UnitOutcome<Result>>;
}
