import { sha256 } from '../util/files.ts';
import { type RandomStream, randomStream } from '../util/random.ts';
import type { Dataset } from './dataset.ts';
import type { ChebyshevSpec, NormalSpec, UniformSpec } from './spec.ts';

/** `{uniform: …}`: points in the box [low, high]^D, in single precision. */
export function drawUniform(spec: UniformSpec): Dataset {
  const { low, high } = spec;
  return drawn('uniform', spec, (stream) => low + (high - low) * stream.uniform());
}

/** `{normal: …}`: points of independent normal numbers, in single precision. */
export function drawNormal(spec: NormalSpec): Dataset {
  const { mean, std } = spec;
  return drawn('normal', spec, (stream) => mean + std * stream.normal());
}

/**
 * `{chebyshev: …}`: the Chebyshev points of the first kind of [low, high], ascending, in single precision. With K = count and `order:
 * path` a code's encoder is a straight line through its nodes: decoding is then regression of the model itself on the workers' nodes.
 */
export function chebyshevPoints(spec: ChebyshevSpec): Dataset {
  const { count, low, high } = spec;
  return {
    name: 'chebyshev',
    length: count,
    shape: [1],
    sha256: sha256(JSON.stringify(['chebyshev', count, low, high])),
    async read(indices, out) {
      indices.forEach((index, row) => {
        out[row] = (low + high) / 2 - ((high - low) / 2) * Math.cos(((2 * index + 1) * Math.PI) / (2 * count));
      });
    },
  };
}

interface Size {
  readonly D: number;
  readonly count: number;
  readonly seed: number;
}

/** Points without a file and without labels: each follows from the seed and its own number, so that few of many are cheap. */
function drawn(name: string, spec: Size, number: (stream: RandomStream) => number): Dataset {
  const { D, count, seed } = spec;
  const sorted = Object.entries(spec).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    name,
    length: count,
    shape: [D],
    sha256: sha256(JSON.stringify([name, sorted])),
    async read(indices, out) {
      indices.forEach((index, row) => {
        const stream = randomStream(name, seed, index);
        for (let d = 0; d < D; d++) out[row * D + d] = number(stream);
      });
    },
  };
}
