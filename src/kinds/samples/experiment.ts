import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { encode } from '../../codecs/encoder.ts';
import { drawBatch, imagePool } from '../../coded/draw.ts';
import { openTrials } from '../../coded/open.ts';
import { openPlan } from '../../coded/outside.ts';
import { makePlan } from '../../coded/plan.ts';
import { openDataset } from '../../datasets/registry.ts';
import { encodePoints } from '../../math/gemm.ts';
import { csvLine } from '../../results/csv.ts';
import { type SampleEntry, samplesText } from '../../results/samples.ts';
import { files } from '../../results/schema.ts';
import type { Experiment } from '../../runs/experiment.ts';
import type { Lines } from '../../runs/lines.ts';
import type { UnitFormat, UnitRunner } from '../../runs/stage.ts';
import { writeWhole } from '../../util/atomic.ts';
import { sha256 } from '../../util/files.ts';
import { moduleUrl } from '../../util/folders.ts';
import { npyBytes } from '../../util/npy.ts';
import { randomStream } from '../../util/random.ts';
import type { RunContext } from '../kind.ts';
import type { SamplesConfig } from './config.ts';

/** What a unit, the sets of one K, yields: an entry a set, and the points in files. */
type Entries = readonly SampleEntry[];

interface SamplesSpec {
  readonly config: SamplesConfig;
  readonly folder: string;
}

const columns = ['K', 'label', 'file', 'count', 'shape'];

/** `samples.csv`: a line a set of points. */
const format: UnitFormat<Entries> = {
  file: 'samples.csv',
  header: csvLine(columns),
  keys: [],
  trialOf: () => 0,
  unitOf: () => '',
  files: (entries) => entries.map(({ file }) => file),
  text: (K, entries) =>
    entries
      .map(({ label, file, count, shape }) => `${csvLine([K, label, file, String(count), shape.join('x')])}\n`)
      .join(''),
  read: readEntries,
};

function readEntries(lines: Lines): { unit: string; result: Entries } | undefined {
  const entries: SampleEntry[] = [];
  let unit: string | undefined;
  for (let line = lines.peek(); line !== undefined; line = lines.peek()) {
    const [K = '', label = '', file = '', count = '', shape = ''] = (parse(line)[0] ?? []) as string[];
    if (K !== (unit ?? K)) break;
    unit = K;
    entries.push({ label, file, count: Number(count), shape: shape.split('x').map(Number) });
    lines.take();
  }
  return unit === undefined ? undefined : { unit, result: entries };
}

export function samplesExperiment(config: SamplesConfig, { folder, written }: RunContext): Experiment<Entries> {
  const spec: SamplesSpec = { config, folder };
  return {
    name: config.name,
    config: JSON.parse(JSON.stringify(config)),
    written,
    seed: config.seed,
    trials: config.trials,
    async identify() {
      const opened = await openTrials({ config, folder, purpose: 'report', tuned: [] });
      const { model, dataset, schemeDigests } = opened;
      await opened.close();
      return {
        models: { [model.name]: model.sha256 },
        data: { [dataset.name]: dataset.sha256 },
        schemes: schemeDigests,
        runtimes: { [model.name]: model.runtime },
      };
    },
    stage: () => ({
      name: 'samples',
      folder: '',
      units: config.K.map(String),
      format,
      open: () => open(spec),
      remote: { module: moduleUrl('kinds/samples/experiment.js').href, spec },
    }),
    conclude(out, _identity, _details, results) {
      const text = samplesText([...results.values()].flatMap(({ result }) => result));
      writeWhole(path.join(out, files.samples), text);
      return { [files.samples]: sha256(text) };
    },
  };
}

/**
 * Draws and encodes the batch of trial 0; a unit is a K.
 * @public a thread opens this module by its URL
 */
export async function open({ config, folder }: SamplesSpec): Promise<UnitRunner<Entries>> {
  const dataset = await openDataset(config.dataset, { folder });
  const outside = await openPlan(makePlan(config), folder);
  const { codedBatches } = outside.plan;
  const images = imagePool('report', config.tune !== undefined, dataset.length);
  const { shape } = dataset;
  // files are numbered through the whole run
  const before = (K: number) =>
    config.K.slice(0, config.K.indexOf(K)).reduce(
      (count, other) => count + 1 + codedBatches.filter((coded) => coded.K === other).length,
      0,
    );
  return {
    async run(unit) {
      const K = Number(unit);
      const batch = await drawBatch(dataset, images, K, randomStream(config.seed, 'report', 0, 'batch'));
      const sets = [{ label: `${K} queries`, points: batch.points }];
      for (const { encoder, cells, N } of codedBatches.filter((coded) => coded.K === K)) {
        const encoding = encode(encoder, batch, await encoder.pointsOf?.(batch));
        const points = new Float32Array(N * batch.D);
        encodePoints(encoding.matrix, batch.points, batch.D, points);
        for (const [worker, point] of encoding.points ?? []) points.set(point, worker * batch.D);
        const labels = [...new Set(cells.map(({ entry }) => entry.label))];
        sets.push({ label: `${labels.join(', ')}: ${N} coded points`, points });
      }
      const entries = sets.map(({ label, points }, place) => ({
        label,
        file: `samples-${before(K) + place}.npy`,
        count: points.length / batch.D,
        shape,
      }));
      const written = sets.map(({ points }, place): [string, Uint8Array] => {
        const { file, count } = entries[place]!;
        return [file, npyBytes([count, ...shape], points)];
      });
      return { result: entries, failures: [], files: Object.fromEntries(written) };
    },
    close: outside.close,
  };
}
