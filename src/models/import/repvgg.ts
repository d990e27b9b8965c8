import { batchNorm, type Convolution, convolve, foldedConvolution, globalAverage } from './convolution.ts';
import { graphBuilder, linear, type Normalisation, normalise } from './graph-builder.ts';
import type { Graph } from './onnx-file.ts';
import type { Weights } from './weights.ts';

/**
 * RepVGG for 32 x 32 images as in chenyaofo/pytorch-cifar-models (Ding et al., CVPR 2021; strides 1, 1, 2, 2, 2), any
 * widths and depths. The branches of a training block (3x3, 1x1 and identity, each with batch normalisation) are summed to
 * one 3x3 convolution (section 3.3 of the paper); a checkpoint that is fused already is taken as it is.
 */
export function repvgg(weights: Weights, normalisation: Normalisation): Graph {
  const { weight, bias } = { weight: weights.take('linear.weight', [-1, -1]), bias: weights.take('linear.bias', [-1]) };
  const graph = graphBuilder('repvgg', [3, 32, 32], weight.shape[0]!);
  let x = normalise(graph, 'input', normalisation);
  let channels = 3;
  const block = (name: string, stride: number) => {
    const conv = fusedBlock(weights, name, channels, stride);
    x = graph.node('Relu', [convolve(graph, x, name, conv, channels, stride)]);
    channels = conv.shape[0];
  };
  block('stage0', 1);
  for (let stage = 1; stage <= 4; stage++) {
    for (let i = 0; i === 0 || hasBlock(weights, `stage${stage}.${i}`); i++) {
      block(`stage${stage}.${i}`, stage > 1 && i === 0 ? 2 : 1);
    }
  }
  return graph.finish(linear(graph, globalAverage(graph, x), 'linear', weight, bias));
}

function hasBlock(weights: Weights, name: string): boolean {
  return weights.has(`${name}.rbr_dense.conv.weight`) || weights.has(`${name}.rbr_reparam.weight`);
}

function fusedBlock(weights: Weights, name: string, inputs: number, stride: number): Convolution {
  if (weights.has(`${name}.rbr_reparam.weight`)) {
    const kernel = weights.take(`${name}.rbr_reparam.weight`, [-1, -1, 3, 3]);
    const bias = weights.take(`${name}.rbr_reparam.bias`, [kernel.shape[0]!]);
    return {
      shape: kernel.shape as Convolution['shape'],
      kernel: Float64Array.from(kernel.data),
      bias: Float64Array.from(bias.data),
    };
  }
  const dense = foldedConvolution(weights, `${name}.rbr_dense.conv`, `${name}.rbr_dense.bn`, [-1, -1, 3, 3]);
  const [outputs, perGroup] = dense.shape;
  const point = foldedConvolution(weights, `${name}.rbr_1x1.conv`, `${name}.rbr_1x1.bn`, [outputs, perGroup, 1, 1]);
  const centre = (output: number, input: number) => (output * perGroup + input) * 9 + 4;
  for (let output = 0; output < outputs; output++) {
    dense.bias[output]! += point.bias[output]!;
    for (let input = 0; input < perGroup; input++) {
      dense.kernel[centre(output, input)]! += point.kernel[output * perGroup + input]!;
    }
  }
  if (outputs === inputs && stride === 1) {
    const { scale, shift } = batchNorm(weights, `${name}.rbr_identity`, inputs);
    for (let output = 0; output < outputs; output++) {
      dense.bias[output]! += shift[output]!;
      dense.kernel[centre(output, output % perGroup)]! += scale[output]!;
    }
  }
  return dense;
}
