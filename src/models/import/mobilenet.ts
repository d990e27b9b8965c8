import type { Convolution } from './convolution.ts';
import { convolve, globalAverage } from './convolution.ts';
import { graphBuilder, linear } from './graph-builder.ts';
import type { Graph } from './onnx-file.ts';
import type { Tensor, Weights } from './weights.ts';

/** Keras's epsilon in MobileNet. */
const epsilon = 1e-3;

/** Stride of each of the 13 depthwise convolutions. */
const strides = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1];

/**
 * MobileNetV1 (Howard et al. 2017) of any width for 224 x 224 images from the tensors of Keras, as TensorFlow.js publishes
 * it: kernels [height, width, inputs, outputs], batch normalisation folded, pixels in [-1, 1], no softmax at the end.
 */
export function mobilenet(weights: Weights): Graph {
  const head = weights.take('conv_preds/kernel', [1, 1, -1, -1]);
  const [inputs, classes] = head.shape.slice(2) as [number, number];
  const graph = graphBuilder('mobilenet', [3, 224, 224], classes);
  const scaled = graph.node('Mul', ['input', graph.constant('two', [1], Float32Array.of(2))]);
  let x = graph.node('Sub', [scaled, graph.constant('one', [1], Float32Array.of(1))]);
  const low = graph.constant('low', [], Float32Array.of(0));
  const high = graph.constant('high', [], Float32Array.of(6));
  let channels = 3;
  const layer = (name: string, kernel: Tensor, depthwise: boolean, stride: number) => {
    const conv = folded(weights, name, kernel, depthwise);
    // "same" padding of an even size: TensorFlow pads a stride of 2 at the end only
    const pads = kernel.shape[0] === 1 ? [0, 0, 0, 0] : stride === 2 ? [0, 0, 1, 1] : [1, 1, 1, 1];
    x = graph.node('Clip', [convolve(graph, x, name, conv, channels, stride, pads), low, high]);
    channels = conv.shape[0];
  };
  layer('conv1', weights.take('conv1/kernel', [3, 3, 3, -1]), false, 2);
  for (const [i, stride] of strides.entries()) {
    const [dw, pw] = [`conv_dw_${i + 1}`, `conv_pw_${i + 1}`];
    layer(dw, weights.take(`${dw}/depthwise_kernel`, [3, 3, channels, 1]), true, stride);
    layer(pw, weights.take(`${pw}/kernel`, [1, 1, channels, -1]), false, 1);
  }
  const matrix = { shape: [classes, inputs], data: outputsFirst(head, inputs, classes) };
  const last = linear(graph, globalAverage(graph, x), 'conv_preds', matrix, weights.take('conv_preds/bias', [classes]));
  return graph.finish(last);
}

/** A kernel [h, w, inputs, outputs] as [outputs, inputs, h, w] with its batch normalisation; depthwise: [channels, 1, h, w]. */
function folded(weights: Weights, name: string, kernel: Tensor, depthwise: boolean): Convolution {
  const [height, width, a, b] = kernel.shape as [number, number, number, number];
  const [outputs, inputs] = depthwise ? [a, 1] : [b, a];
  const [gamma, beta, mean, variance] = ['gamma', 'beta', 'moving_mean', 'moving_variance'].map(
    (part) => weights.take(`${name}_bn/${part}`, [outputs]).data,
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const size = height * width;
  const out = new Float64Array(outputs * inputs * size);
  const bias = new Float64Array(outputs);
  for (let output = 0; output < outputs; output++) {
    const scale = gamma[output]! / Math.sqrt(variance[output]! + epsilon);
    bias[output] = beta[output]! - mean[output]! * scale;
    for (let input = 0; input < inputs; input++) {
      for (let at = 0; at < size; at++) {
        const from = depthwise ? at * outputs + output : (at * inputs + input) * outputs + output;
        out[(output * inputs + input) * size + at] = kernel.data[from]! * scale;
      }
    }
  }
  return { shape: [outputs, inputs, height, width], kernel: out, bias };
}

function outputsFirst(kernel: Tensor, inputs: number, outputs: number): Float32Array {
  return Float32Array.from(kernel.data, (_, i) => kernel.data[(i % inputs) * outputs + Math.floor(i / inputs)]!);
}
