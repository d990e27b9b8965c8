import { type ConfigDocument, configDocument } from '../config/load.ts';
import type { Kind, LoadedConfig, Replay } from '../kinds/kind.ts';
import { kindOf } from '../kinds/registry.ts';
import type { Manifest } from '../results/manifest.ts';
import { readManifest } from '../results/read.ts';
import { files } from '../results/schema.ts';
import type { Details, Experiment } from '../runs/experiment.ts';
import { UserError } from '../util/errors.ts';
import { printable } from '../util/text.ts';

/**
 * Finds the kind of a config and validates it.
 * @throws UserError, one line with file, line and column
 */
export async function loadConfig(document: ConfigDocument): Promise<{ kind: Kind; loaded: LoadedConfig }> {
  try {
    const kind = await kindOf(document.data);
    return { kind, loaded: kind.load(document.data) };
  } catch (error) {
    throw document.located(error);
  }
}

/** @throws UserError when a config that is not the user's own would start programs, and nobody said that it may */
export function checkCommands(
  { commands = [] }: LoadedConfig,
  { packaged = false }: Pick<ConfigDocument, 'packaged'>,
  allowExternal = false,
  cure = '--allow-external',
): void {
  const [command] = commands;
  if (command === undefined || !packaged || allowExternal) return;
  throw new UserError(
    `the config is not your own and starts a program (${printable(command, 100)}); look at it, then give ${cure}`,
  );
}

/**
 * The experiment that a folder holds, from its manifest alone: nothing is opened.
 * @throws UserError when the folder is no run, or one from before configs were kept as written
 */
export async function experimentOf(
  folder: string,
): Promise<{ kind: Kind; recorded: { experiment: Experiment<unknown>; details: Details } }> {
  const manifest = readManifest(folder);
  if (manifest.written === undefined)
    throw new UserError(`${folder}: was made by an older approxifer, which did not keep the config; run it again`);
  const document = configDocument(manifest.written, `${folder}/manifest.json`);
  const { kind, loaded } = await loadConfig(document);
  return { kind, recorded: { experiment: loaded.experiment(document), details: loaded.details(manifest) } };
}

/** What reading trials of a run again needs besides its folder. */
export interface ReplayFlags {
  /** Folder that relative paths of its config start from. */
  readonly folder: string;
  readonly allowExternal?: boolean;
}

/**
 * Looks at the trials of a finished run again.
 * @throws UserError when its kind has none, or its config starts programs and nobody said that it may
 */
export async function replayOf(
  run: string,
  flags: ReplayFlags,
): Promise<{ readonly replay: Replay; readonly manifest: Manifest }> {
  const manifest = readManifest(run);
  if (manifest.written === undefined)
    throw new UserError(`${run}: was made by an older approxifer, which did not keep the config; run it again`);
  const document = configDocument(manifest.written, `${run}/${files.manifest}`);
  const { kind, loaded } = await loadConfig(document);
  // whose run this is nobody knows
  checkCommands(
    loaded,
    { packaged: true },
    flags.allowExternal,
    '--allow-external, and --folder: where its config lies',
  );
  if (!loaded.replay) throw new UserError(`${run}: a run of kind ${kind.name} has no trials to look at`);
  return { replay: loaded.replay(flags, manifest), manifest };
}
