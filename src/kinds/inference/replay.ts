import { type OpenTrials, openTrials, type StageSpec } from '../../coded/open.ts';
import type { TrialContext } from '../../coded/trial.ts';
import { faultOf } from '../../config/issues.ts';
import type { Manifest } from '../../results/manifest.ts';
import type { Details } from '../../runs/experiment.ts';
import { seconds } from '../../util/clock.ts';
import { UserError } from '../../util/errors.ts';
import type { Replay, RunContext } from '../kind.ts';
import type { ExperimentConfig } from './config.ts';
import { trialExporter } from './trial-export.ts';
import { trialViewer } from './trial-view.ts';
import { readTunedDetails, tunedPairs } from './tuned.ts';

/** Looks at the trials of a run. */
export function replayOf(
  config: ExperimentConfig,
  context: Pick<RunContext, 'folder'>,
  manifest: Manifest,
  details: Details,
): Replay {
  return {
    async view(trials, mostSeconds = Number.POSITIVE_INFINITY) {
      const viewer = trialViewer();
      const opened = await reopen(config, context, manifest, details, viewer.watch);
      try {
        const views = [];
        const began = seconds();
        for (const trial of trials) {
          views.push(await viewer.view(opened, trial));
          if (seconds() - began > mostSeconds) break;
        }
        return views;
      } finally {
        await opened.close();
      }
    },
    async exportTo(out, trials) {
      const exporter = trialExporter(config, manifest, trials);
      const opened = await reopen(config, context, manifest, details, exporter.watch);
      try {
        await exporter.write(opened, out);
      } finally {
        await opened.close();
      }
    },
  };
}

/**
 * Opens the trials of a run once more, to look at them: everything in them follows from config and seed.
 * @throws UserError when model, data or a scheme of the user's own are not those of the run
 */
async function reopen(
  config: ExperimentConfig,
  { folder }: Pick<RunContext, 'folder'>,
  manifest: Manifest,
  details: Details,
  watch: TrialContext['watch'],
): Promise<OpenTrials> {
  const spec: StageSpec = { config, folder, purpose: 'report', tuned: tunedPairs(config, readTunedDetails(details)) };
  const opened = await faultOf([], () => openTrials(spec, undefined, watch));
  const { models, data, schemes = {} } = manifest.digests;
  const [file] = Object.entries(opened.schemeDigests).find(([name, digest]) => schemes[name] !== digest) ?? [];
  const other =
    (!Object.values(models).includes(opened.model.sha256) && `the model ${opened.model.name}`) ||
    (!Object.values(data).includes(opened.dataset.sha256) && `the data set ${opened.dataset.name}`) ||
    file;
  if (other === undefined) return opened;
  await opened.close();
  throw new UserError(
    `${other} is not the one of that run: its digest is another; its trials cannot be looked at with this one`,
  );
}
