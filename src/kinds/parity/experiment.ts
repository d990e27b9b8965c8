import { rmSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { checkFits, openModel } from '../../models/registry.ts';
import { outputs } from '../../models/train/network.ts';
import { type Manifest, tableOptions } from '../../results/manifest.ts';
import { files } from '../../results/schema.ts';
import type { Details, Experiment, Identity } from '../../runs/experiment.ts';
import { claimFolder } from '../../runs/folder.ts';
import { journalName } from '../../runs/journal.ts';
import type { Stage } from '../../runs/stage.ts';
import { writeTables } from '../../tables/files.ts';
import { writeWhole } from '../../util/atomic.ts';
import { UserError } from '../../util/errors.ts';
import { sha256 } from '../../util/files.ts';
import { moduleUrl } from '../../util/folders.ts';
import type { RunContext } from '../kind.ts';
import { checkImages, openParityData, type ParityData } from './data.ts';
import { type Losses, lossFiles, lossFormat, modelFiles, type Network } from './format.ts';
import { paritySummary, parseDescription } from './results.ts';
import type { ParityConfig } from './schema.ts';
import { baseName, parityName, type TrainingHooks } from './train.ts';
import { type OpenedTraining, open } from './unit.ts';

/** Why there are no shards of a training. */
export const undivided =
  'kind: parity has no shards: one network is trained after the other, each epoch from the one before';

const detailsSchema = z.object({ base: z.object({ name: z.string(), sha256: z.string() }) });

/** The base model that a run's parity model is for, as its manifest says. @throws UserError when the manifest does not */
export function baseOf(details: unknown): z.output<typeof detailsSchema>['base'] {
  const parsed = detailsSchema.safeParse(details);
  if (parsed.success) return parsed.data.base;
  throw new UserError(`${files.manifest}: does not say which base model the training is for; run the training again`);
}

/** The experiment's own part of a manifest. */
export function detailsOf(manifest: Manifest): Details {
  return { base: baseOf(manifest) };
}

/** What a training can be given besides its config. */
export interface ParityOptions {
  /** Data that is open already. */
  readonly data?: ParityData;
  /** Told of each epoch. */
  readonly onEpoch?: TrainingHooks['onEpoch'];
}

/** A parity training as `runs/` carries it out: the base model where the config names none, then the parity model. */
export function parityExperiment(
  config: ParityConfig,
  { folder, written }: RunContext,
  options: ParityOptions = {},
): Experiment<Losses> {
  let given: { readonly out: string; readonly opened: OpenedTraining } | undefined;
  let data: ParityData | undefined;
  let identified: { name: string; sha256: string } | undefined;

  /** @param out folder of the run */
  const networkStage = (network: Network, parts: number, out: string): Stage<Losses> => {
    const spec = { config, folder, out };
    return {
      name: network,
      folder: '',
      units: [network],
      parts,
      format: lossFormat(network),
      open: () => open(spec, given?.opened),
      remote: { module: moduleUrl('kinds/parity/unit.js').href, spec },
    };
  };

  return {
    name: config.name,
    config: JSON.parse(JSON.stringify(config)),
    written,
    seed: config.seed,
    trials: 1,
    undivided,
    async identify() {
      data = options.data ?? (await openParityData(config, folder));
      checkImages(data, config);
      const { train, test } = data;
      const digests = { [train.name]: train.sha256, [test.name]: test.sha256 };
      if (!config.model) return { models: {}, data: digests };
      const base = await openModel(config.model, { folder });
      try {
        checkFits(base, train);
        if (base.outputs !== outputs)
          throw new UserError(`model ${base.name} has ${base.outputs} outputs, not ${outputs}`);
        identified = { name: base.name, sha256: base.sha256 };
        return {
          models: { [base.name]: base.sha256 },
          data: digests,
          runtimes: { [base.name]: base.runtime },
        };
      } finally {
        await base.dispose();
      }
    },
    async prepare({ out, run }) {
      given = { out, opened: { data: data!, onEpoch: options.onEpoch ?? (() => {}) } };
      if (identified) return { base: identified };
      const trained = await run(networkStage('base', config.training.baseEpochs, out));
      if (!trained) return undefined;
      const name = baseName(config);
      return { base: { name, sha256: sha256(trained.get('base')!.files![modelFiles(name).onnx]!) } };
    },
    stage: () => networkStage('parity', config.training.epochs, given?.out ?? ''),
    conclude(out, identity, details, results) {
      const model = parityName(baseOf(details).name, config);
      const description = results.get('parity')!.files![modelFiles(model).description]!;
      const text = paritySummary(
        config,
        testName(identity),
        parseDescription(Buffer.from(description).toString('utf8')),
      );
      writeWhole(path.join(out, files.summary), text);
      writeTables(out, tableOptions({ config }));
      return { [files.summary]: sha256(text) };
    },
  };
}

/** The data that is scored on is named last. */
function testName({ data }: Identity): string {
  return Object.keys(data).at(-1)!;
}

/**
 * Removes what an earlier training left in a folder; models stay until the new ones replace them.
 * @throws UserError when another process is writing to it
 */
export function discardTraining(out: string): void {
  const claim = claimFolder(out);
  try {
    // the manifest first: without it nothing that is left counts
    const losses = Object.values(lossFiles).flatMap((file) => [journalName(file), file]);
    for (const name of [files.manifest, ...losses, files.summary, 'checkpoints'])
      rmSync(path.join(out, name), { recursive: true, force: true });
  } finally {
    claim.release();
  }
}
