import { drawBatch, imagePool } from '../../coded/draw.ts';
import { openTrials } from '../../coded/open.ts';
import { encodePoints } from '../../math/gemm.ts';
import { writeSamples } from '../../results/samples.ts';
import { claimFolder } from '../../runs/folder.ts';
import { checkSameExperiment, newManifest, writeManifest } from '../../runs/identity.ts';
import { randomStream } from '../../util/random.ts';
import type { ExperimentConfig } from '../inference/config.ts';

/**
 * Keeps the points themselves (`kind: samples`): the queries of trial 0 and what each scheme sends to its workers.
 * @param folder folder that paths of the config start from
 * @throws UserError as `runExperiment`
 */
export async function runSamples(config: ExperimentConfig, out: string, folder: string): Promise<void> {
  const release = claimFolder(out);
  try {
    const opened = await openTrials({ config, folder, purpose: 'report', tuned: [] });
    const manifest = newManifest(config, opened);
    checkSameExperiment(out, manifest);
    const { dataset, plan } = opened;
    const sets = [];
    const images = imagePool('report', config.tune !== undefined, dataset.length);
    for (const K of config.K) {
      const batch = await drawBatch(dataset, images, K, randomStream(config.seed, 'report', 0, 'batch'));
      sets.push({ label: `${K} queries`, points: batch.points });
      for (const { codec, cells, N } of plan.codedBatches.filter((coded) => coded.K === K)) {
        const encoding = codec.encoder.encode(batch);
        const points = new Float32Array(N * batch.D);
        encodePoints(encoding.matrix, batch.points, batch.D, points);
        for (const [worker, point] of encoding.points ?? []) points.set(point, worker * batch.D);
        const labels = [...new Set(cells.map(({ entry }) => entry.label))];
        sets.push({ label: `${labels.join(', ')}: ${N} coded points`, points });
      }
    }
    await opened.close();
    writeSamples(out, { shape: dataset.shape, sets });
    writeManifest(out, { ...manifest, status: 'done' });
  } finally {
    release();
  }
}
