import type { GraphBuilder } from './graph-builder.ts';
import type { Weights } from './weights.ts';

/** A convolution with bias, kernel [outputs, inputs / groups, height, width] row-major. */
export interface Convolution {
  readonly shape: readonly [number, number, number, number];
  readonly kernel: Float64Array;
  readonly bias: Float64Array;
}

/** PyTorch's default. */
const torchEpsilon = 1e-5;

/**
 * Batch normalisation (inference form) as scale and shift of each channel: `scale = γ / √(σ² + ε)`, `shift = β - μ·scale`.
 * @param name prefix of weight, bias, running_mean and running_var
 */
export function batchNorm(weights: Weights, name: string, channels: number): { scale: number[]; shift: number[] } {
  const [gamma, beta, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map(
    (part) => weights.take(`${name}.${part}`, [channels]).data,
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const scale = Array.from(gamma, (value, i) => value / Math.sqrt(variance[i]! + torchEpsilon));
  return { scale, shift: scale.map((value, i) => beta[i]! - mean[i]! * value) };
}

/** The convolution `conv` without bias followed by the batch normalisation `norm`, folded into one. */
export function foldedConvolution(weights: Weights, conv: string, norm: string, shape: readonly number[]): Convolution {
  const tensor = weights.take(`${conv}.weight`, shape);
  const dims = tensor.shape as Convolution['shape'];
  const { scale, shift } = batchNorm(weights, norm, dims[0]);
  const each = tensor.data.length / dims[0];
  return {
    shape: dims,
    kernel: Float64Array.from(tensor.data, (value, i) => value * scale[Math.floor(i / each)]!),
    bias: Float64Array.from(shift),
  };
}

/**
 * Adds a convolution.
 * @param inputs channels of x, which give the number of groups
 * @param pads zeros at the top, left, bottom and right (default: (size - 1) / 2 on each side)
 */
export function convolve(
  graph: GraphBuilder,
  x: string,
  name: string,
  conv: Convolution,
  inputs: number,
  stride: number,
  pads: readonly number[] = new Array(4).fill((conv.shape[2] - 1) / 2),
): string {
  const { shape, kernel, bias } = conv;
  const constants = [
    graph.constant(`${name}.weight`, shape, Float32Array.from(kernel)),
    graph.constant(`${name}.bias`, [shape[0]], Float32Array.from(bias)),
  ];
  return graph.node('Conv', [x, ...constants], {
    kernel_shape: [shape[2], shape[3]],
    strides: [stride, stride],
    pads,
    group: inputs / shape[1],
  });
}

/** Mean over height and width of x [n, c, h, w], as [n, c]. */
export function globalAverage(graph: GraphBuilder, x: string): string {
  return graph.node('ReduceMean', [x], { axes: [2, 3], keepdims: 0 });
}
