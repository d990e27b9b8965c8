import { sha256 } from '../util/files.ts';
import { type RandomStream, randomStream } from '../util/random.ts';
import type { Dataset } from './dataset.ts';
import type { NormalSpec, UniformSpec } from './spec.ts';

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
