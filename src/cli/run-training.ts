import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ConfigDocument } from '../config/load.ts';
import { parseTrainingConfig, type TrainingConfig } from '../kinds/training/config.ts';
import { runTraining, trainingCells } from '../kinds/training/run.ts';
import { files } from '../results/schema.ts';
import { claimFolder } from '../runs/folder.ts';
import { exitCodes } from '../util/errors.ts';
import { refuseInferenceFlags } from './experiment.ts';
import { defaultOut } from './options.ts';
import { print, printJson } from './print.ts';
import type { RunFlags } from './run.ts';
import { runSession, type SessionHooks } from './session.ts';

/** `run` of a config of `kind: training`. @returns the exit code */
export async function runTrainingCommand(document: ConfigDocument, flags: RunFlags): Promise<number> {
  refuseInferenceFlags('training', flags);
  const config = load(document);
  const cells = trainingCells(config);
  if (flags.dryRun) {
    if (flags.json) printJson({ experiment: config.name, cells: cells.length, trials: config.trials });
    else print(`experiment     ${config.name}\ncells          ${cells.length}\ntrials         ${config.trials}\n`);
    return exitCodes.done;
  }
  const out = flags.out ?? defaultOut(config.name);
  const work = async ({ signal, onProgress }: SessionHooks) => {
    const release = claimFolder(out);
    try {
      return await runTraining(config, out, {
        folder: document.folder,
        signal,
        onProgress: (done, total) => onProgress('trainings', done, total),
      });
    } finally {
      release();
    }
  };
  return runSession(document, out, work, {
    results: () => readFileSync(path.join(out, files.tableMarkdown), 'utf8'),
    interrupted: () => 'interrupted: a training experiment begins anew when it is run again',
    failed: ({ failures }) => `${failures} trainings stopped early; ${path.join(out, files.failures)} says why`,
  });
}

/** What `validate` prints about a config of `kind: training`. */
export function validateTraining(document: ConfigDocument, name: string, json: boolean): string {
  const config = load(document);
  if (json) return `${JSON.stringify(config, null, 2)}\n`;
  return `${name}: valid: ${trainingCells(config).length} cells, ${config.trials} trials\n`;
}

function load(document: ConfigDocument): TrainingConfig {
  try {
    return parseTrainingConfig(document.data);
  } catch (error) {
    throw document.located(error);
  }
}
