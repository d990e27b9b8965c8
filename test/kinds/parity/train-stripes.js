// Trains a small parity model on made images, with the built code: a process that a test can kill. Argument: the folder.
import { parityExperiment } from '../../../dist/kinds/parity/experiment.js';
import { carryOut } from '../../../dist/runs/run.js';

const pixels = 784;

/** Images of ten classes: class c lights the rows 2c+4 and 2c+5. */
function stripes(name, length) {
  return {
    name,
    length,
    shape: [1, 28, 28],
    sha256: name,
    label: (index) => index % 10,
    async read(indices, out) {
      indices.forEach((index, at) => {
        const first = 28 * (2 * (index % 10) + 4);
        for (let p = 0; p < pixels; p++) {
          const noise = ((index * 31 + p * 17) % 101) / 505;
          out[at * pixels + p] = (p >= first && p < first + 56 ? 0.8 : 0) + noise;
        }
      });
    },
  };
}

const training = { architecture: 'mlp', code: 'addition', row: 0, epochs: 4, baseEpochs: 3, batch: 20 };
const config = {
  name: 'stripes',
  kind: 'parity',
  dataset: 'stripes',
  K: 2,
  seed: 1,
  training: { ...training, learningRate: 1e-3, weightDecay: 1e-5 },
};
const data = { train: stripes('train', 400), test: stripes('test', 40) };
const experiment = parityExperiment(config, { folder: '.', written: '' }, { data });
await carryOut(experiment, { out: process.argv[2], jobs: 1 });
