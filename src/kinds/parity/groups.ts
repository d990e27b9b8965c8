import { parityCoefficients } from '../../codecs/parity.ts';
import { tiledImage } from '../../codecs/tiles.ts';
import type { Dataset } from '../../datasets/dataset.ts';
import type { EpochSource } from '../../models/train/train-network.ts';
import { randomStream, sampleWithoutReplacement } from '../../util/random.ts';
import { sizeOf } from './data.ts';
import type { ParityConfig } from './schema.ts';

/** The coefficients c_0 … c_{K-1} of the parity that is trained. */
export function coefficients({ K, training: { row } }: ParityConfig): Float64Array {
  return parityCoefficients(K, row + 1).data.slice(row * K);
}

/** The parity queries [groups, D] of consecutive groups of points. */
export type GroupEncoder = (points: Float32Array) => Float32Array;

/** @param C as `coefficients` gives them; @param shape of one point */
export function groupEncoder(
  code: ParityConfig['training']['code'],
  C: Float64Array,
  shape: readonly number[],
): GroupEncoder {
  const K = C.length;
  const size = sizeOf({ shape });
  return (points) => {
    const groups = points.length / (K * size);
    const coded = new Float32Array(groups * size);
    for (let g = 0; g < groups; g++) {
      const group = points.subarray(g * K * size, (g + 1) * K * size);
      if (code === 'concatenation') coded.set(tiledImage(group, K, shape as [number, number, number]), g * size);
      else
        for (let i = 0; i < K; i++) for (let d = 0; d < size; d++) coded[g * size + d]! += C[i]! * group[i * size + d]!;
    }
    return coded;
  };
}

/**
 * Epochs of groups of K training images, each image in at most one group of an epoch.
 * @param samples the network inputs and targets of whole groups, from the indices of their images and the points
 */
export function groupSource(
  data: Dataset,
  seed: number,
  K: number,
  samples: (indices: number[], points: Float32Array) => ReturnType<EpochSource['batch']>,
): EpochSource {
  const size = sizeOf(data);
  let order: number[] = [];
  return {
    size: Math.floor(data.length / K),
    begin(epoch) {
      order = sampleWithoutReplacement(randomStream(seed, 'epoch', epoch), data.length, data.length);
    },
    async batch(from, count) {
      const indices = order.slice(from * K, (from + count) * K);
      const points = new Float32Array(indices.length * size);
      await data.read(indices, points);
      return samples(indices, points);
    },
  };
}
