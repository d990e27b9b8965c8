import { measureSample } from '../../models/train/train-network.ts';
import { formatDuration } from '../../util/units.ts';
import type { Estimate } from '../kind.ts';
import { type ParityConfig, trainingImages } from './schema.ts';

/** What a training would do, and how long it would take: measured on a few batches without data. */
export async function estimateParity(config: ParityConfig): Promise<Estimate> {
  const images = trainingImages(config);
  const { training, K } = config;
  const groups = Math.floor(images / K);
  const baseEpochs = config.model ? 0 : training.baseEpochs;
  const samples = baseEpochs * images + training.epochs * groups;
  const perSample = await measureSample({ ...training, seed: config.seed });
  const estimatedSeconds = samples * perSample;
  return {
    json: { experiment: config.name, images, groups, baseEpochs, epochs: training.epochs, samples, estimatedSeconds },
    lines: [
      ['experiment', config.name],
      ['base model', config.model ? 'is there' : `${baseEpochs} epochs of ${images} images`],
      ['parity model', `${training.epochs} epochs of ${groups} groups of ${K} images`],
      ['time', `about ${formatDuration(estimatedSeconds)} on one core`],
    ],
  };
}
