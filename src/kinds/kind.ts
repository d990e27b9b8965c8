import type { FiguresOf } from '../figures/write.ts';
import type { Manifest } from '../results/manifest.ts';
import type { Details, Experiment, Shard } from '../runs/experiment.ts';
import type { StoreSpec } from '../runs/store/store.ts';
import type { TrialView } from '../tables/trial.ts';

/**
 * A kind of experiment. It knows what a config means, what its units of work are and how its results are shown; how units
 * are carried out (threads, shards, journal, resume, identity) is the same for all kinds and lives in `runs/`.
 */
export interface Kind {
  /** As `kind:` of a config names it. */
  readonly name: string;
  /** One line for help and docs. */
  readonly summary: string;
  /** JSON Schema of a config, for editors. */
  jsonSchema(): Record<string, unknown>;
  /**
   * Validates a config.
   * @param document what the YAML says, as plain data
   * @throws ConfigIssue for the first fault
   */
  load(document: unknown): LoadedConfig;
  /** What this kind has in place of `tune`, in one line; absent where configs can be tuned. */
  readonly insteadOfTune?: string;
  /** The figures of a finished run, from the files of its folder. */
  readonly figures: FiguresOf;
  /** What `run` prints when it is done, for people: a table as a rule. */
  resultText(out: string): string;
}

/** A config that is valid. */
export interface LoadedConfig {
  readonly name: string;
  /** The resolved config, every default filled in: plain data. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly trials: number;
  /** Commands of the config's own that the experiment starts. */
  readonly commands?: readonly string[];
  /** What it comes to, without opening anything. @throws ConfigIssue for what cannot be run */
  outline(): Outline;
  /** The experiment, to be carried out. */
  experiment(context: RunContext): Experiment<unknown>;
  /** What a run would do and how long it would take on this machine. */
  estimate(context: RunContext & EstimateContext): Promise<Estimate>;
  /** The search of λ alone; absent where nothing is to be tuned. */
  search?(context: RunContext): Experiment<unknown>;
  /** The experiment's own part of its manifest, read back. @throws UserError when it is damaged */
  details(manifest: Manifest): Details;
  /** Opens the trials of a run of this config once more; absent where trials cannot be looked at. */
  replay?(context: Pick<RunContext, 'folder'>, manifest: Manifest): Replay;
}

/** Looks at trials of a run by computing them again. */
export interface Replay {
  /** What happened in some trials; ends early after the trial that takes it past `mostSeconds`. */
  view(trials: readonly number[], mostSeconds?: number): Promise<readonly TrialView[]>;
  /** Writes the arrays of some trials into a folder. */
  exportTo(out: string, trials: readonly number[]): Promise<void>;
}

interface Outline {
  readonly cells: number;
  /** What a user should know before running, a line each. */
  readonly warnings: readonly string[];
}

/** What a run is given besides its config. */
export interface RunContext {
  /** Folder that paths of the config start from. */
  readonly folder: string;
  /** The config as it was written. */
  readonly written: string;
  /** `manifest.json` of an earlier run of the same experiment, whose λ are used instead of tuning again. */
  readonly tuned?: string | undefined;
  /** Where answers of models are kept; absent: nowhere. */
  readonly store?: StoreSpec | undefined;
  /** Whether `until:` is the command's own and not the user's: then no line says what it leaves undecided. */
  readonly ownUntil?: boolean;
}

export interface EstimateContext {
  readonly jobs: number;
  readonly shard?: Shard | undefined;
  /** Only the search of λ. */
  readonly searchOnly?: boolean;
}

/** What a dry run prints. */
export interface Estimate {
  /** For people: name and value, a line each. */
  readonly lines: readonly (readonly [string, string | number])[];
  /** For machines. */
  readonly json: Readonly<Record<string, unknown>>;
}
