import { graphBuilder, linear, type Normalisation, normalise } from './graph-builder.ts';
import type { Graph } from './onnx-file.ts';
import type { Weights } from './weights.ts';

/**
 * LeNet5 as trained by `scripts/train/lenet5.py` (LeCun et al. 1998, with ReLU and max pooling): 28 x 28 images padded to
 * 32 x 32, then normalised; two 5x5 convolutions, three fully connected layers; 61,706 parameters for 10 classes.
 */
export function lenet5(weights: Weights, normalisation: Normalisation): Graph {
  const classes = weights.take('fc3.weight', [-1, 84]).shape[0]!;
  const graph = graphBuilder('lenet5', [1, 28, 28], classes);
  const padded = graph.node('Pad', ['input', graph.integers(0, 0, 2, 2, 0, 0, 2, 2)]);
  let x = normalise(graph, padded, normalisation);
  for (const [name, outputs, inputs] of [
    ['conv1', 6, 1],
    ['conv2', 16, 6],
  ] as const) {
    const kernel = weights.take(`${name}.weight`, [outputs, inputs, 5, 5]);
    const bias = weights.take(`${name}.bias`, [outputs]);
    const constants = [
      graph.constant(`${name}.weight`, kernel.shape, kernel.data),
      graph.constant(`${name}.bias`, bias.shape, bias.data),
    ];
    const conv = graph.node('Conv', [x, ...constants], { kernel_shape: [5, 5] });
    x = graph.node('MaxPool', [graph.node('Relu', [conv])], { kernel_shape: [2, 2], strides: [2, 2] });
  }
  x = graph.node('Flatten', [x], { axis: 1 });
  for (const [name, outputs, inputs] of [
    ['fc1', 120, 400],
    ['fc2', 84, 120],
    ['fc3', classes, 84],
  ] as const) {
    const [weight, bias] = [weights.take(`${name}.weight`, [outputs, inputs]), weights.take(`${name}.bias`, [outputs])];
    x = linear(graph, x, name, weight, bias);
    if (name !== 'fc3') x = graph.node('Relu', [x]);
  }
  return graph.finish(x);
}
