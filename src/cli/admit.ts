import { configDocument } from '../config/load.ts';
import { datasets } from '../datasets/registry.ts';
import { locateModel, models } from '../models/registry.ts';
import { experimentDifferences } from '../results/manifest.ts';
import type { StageOffer } from '../runs/queue/protocol.ts';
import type { Admission } from '../runs/queue/worker.ts';
import { newManifest } from '../runs/record.ts';
import { UserError } from '../util/errors.ts';
import { downloadFolder } from '../util/folders.ts';
import { revision, versions } from '../util/versions.ts';
import { userStore } from './answer-store.ts';
import { loadConfig } from './load.ts';
import { downloadReport } from './print.ts';
import { filesHere, renamed } from './queue-files.ts';

/** Looks for the models and data of an experiment on this machine, and whether they and the versions are the same. */
export async function admit(offer: StageOffer): Promise<Admission> {
  const { approxifer, onnxruntime } = versions();
  for (const [name, here] of Object.entries({ approxifer, onnxruntime })) {
    const there = offer.identity.versions[name as 'approxifer' | 'onnxruntime'];
    if (there !== here) return { refusal: `it runs on ${name} ${there}, and here is ${here}` };
  }
  const found = await filesHere(offer.files, offer.folder);
  if ('missing' in found) {
    const { path, content } = found.missing;
    const what = content ? ` (SHA-256 ${content.sha256.slice(0, 12)})` : '';
    return { refusal: `${path}${what} is not on this machine; put it into $APPROXIFER_DATA` };
  }
  const { renames } = found;
  try {
    const document = configDocument(offer.written, offer.experiment);
    const data = renamed(document.data, renames);
    await pullMissing(data);
    const { loaded } = await loadConfig({ ...document, data });
    const experiment = loaded.experiment({ ...document, folder: offer.folder });
    try {
      const own = newManifest(experiment, await experiment.identify(), await revision());
      const [difference] = experimentDifferences({ ...own, ...offer.identity, config: {} }, { ...own, config: {} });
      if (difference)
        return {
          refusal: `another ${difference.what} on this machine: ${difference.b ?? 'none'}, not ${difference.a}`,
        };
    } finally {
      await experiment.close?.();
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { refusal: error.message };
  }
  // what was found out about data there has the paths of there, and so has the store of answers
  const store = userStore();
  return {
    adapt: (spec) => ({
      ...spec,
      config: renamed(spec.config, renames),
      listing: undefined,
      ...(spec.store && { store }),
    }),
  };
}

/** Gets model and data that a registry knows and that are not here. */
async function pullMissing({ model, dataset }: Record<string, unknown>): Promise<void> {
  if (typeof model === 'string' && models.has(model)) {
    const entry = models.get(model);
    if (!entry.packaged && !locateModel(entry)) {
      const { pullModel } = await import('../models/pull.ts');
      await pullModel(model, downloadFolder(), downloadReport(model));
    }
  }
  if (typeof dataset === 'string' && datasets.has(dataset)) {
    const entry = datasets.get(dataset);
    if (!entry.locate({})) await entry.pull?.(downloadFolder(), downloadReport(dataset));
  }
}
