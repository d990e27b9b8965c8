import { parseTrainingConfig, type TrainingConfig } from '../../../src/kinds/training/config.ts';
import type { LabelledPoints, TwoClassData } from '../../../src/kinds/training/data.ts';
import { matrix } from '../../../src/math/matrix.ts';
import { randomStream } from '../../../src/util/random.ts';

/** Two overlapping clouds in [0, 1]^d: small data that can be learnt, though not perfectly. */
export function clouds(rows = 60, columns = 13): TwoClassData {
  const part = (name: string): LabelledPoints => {
    const random = randomStream('clouds', name);
    const x = matrix(rows, columns);
    const y = Uint8Array.from({ length: rows }, (_, i) => i % 2);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) {
        const centre = 0.5 + (y[i] === 1 ? 0.1 : -0.1) * (j % 2 === 0 ? 1 : -1);
        x.data[i * columns + j] = Math.min(1, Math.max(0, centre + 0.2 * random.normal()));
      }
    return { x, y };
  };
  return { name: 'clouds', sha256: '', train: part('train'), test: part('test') };
}

/** A training config as a user would write it, with changes. */
export function document(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name: 'test',
    kind: 'training',
    model: { logisticRegression: { iterations: 4, learningRate: 2, pixelBits: 6, weightBits: 8, errorBits: 6 } },
    dataset: { mnist: { classes: [4, 9], train: 150, test: 60 } },
    K: 9,
    N: 12,
    schemes: ['uncoded', 'lcc', 'static-vcc', 'avcc'],
    attack: { reversal: 1 },
    ...changes,
  };
}

export function config(changes: Record<string, unknown> = {}): TrainingConfig {
  return parseTrainingConfig(document(changes));
}
