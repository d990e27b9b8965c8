import * as z from 'zod';
import { randomStream } from '../../util/random.ts';
import { functionKind, mostUnits } from './function.ts';

const units = z.int().min(1).max(mostUnits);

const options = z.strictObject({
  function: z.literal('mlp'),
  D: units.default(16).meta({ description: 'numbers of a point' }),
  hidden: z.int().min(1).max(4096).default(32).meta({ description: 'units of each of the two hidden layers' }),
  m: units.default(10).meta({ description: 'numbers of an answer' }),
  seed: z.int().min(0).default(1).meta({ description: 'of the weights' }),
});

/**
 * Three layers with random weights, `W₃·tanh(W₂·tanh(W₁·x + b₁) + b₂) + b₃`. Weights are normal with variance 1 / fan-in, so
 * that no layer dies out or saturates; tanh, since laws of convergence are for functions with two derivatives.
 */
export const mlp = functionKind({
  name: 'mlp',
  summary: 'a random three-layer network with tanh',
  options,
  make({ D, hidden, m, seed }) {
    const stream = randomStream('mlp', seed);
    const layer = (inputs: number, outputs: number) => {
      const scale = 1 / Math.sqrt(inputs);
      const weights = Float64Array.from({ length: outputs * inputs }, () => scale * stream.normal());
      const bias = Float64Array.from({ length: outputs }, () => 0.1 * stream.normal());
      return { inputs, outputs, weights, bias };
    };
    const layers = [layer(D, hidden), layer(hidden, hidden), layer(hidden, m)] as const;
    const first = new Float64Array(hidden);
    const second = new Float64Array(hidden);
    return {
      D,
      m,
      apply(points, count, out) {
        for (let i = 0; i < count; i++) {
          affine(layers[0], points.subarray(i * D, (i + 1) * D), first, true);
          affine(layers[1], first, second, true);
          affine(layers[2], second, out.subarray(i * m, (i + 1) * m), false);
        }
      },
    };
  },
});

interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  /** [outputs, inputs] */
  readonly weights: Float64Array;
  readonly bias: Float64Array;
}

function affine(
  { inputs, outputs, weights, bias }: Layer,
  x: Float64Array,
  out: Float64Array,
  saturates: boolean,
): void {
  for (let o = 0; o < outputs; o++) {
    let sum = bias[o]!;
    for (let i = 0; i < inputs; i++) sum += weights[o * inputs + i]! * x[i]!;
    out[o] = saturates ? Math.tanh(sum) : sum;
  }
}
