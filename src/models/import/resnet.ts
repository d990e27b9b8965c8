import { convolve, foldedConvolution, globalAverage } from './convolution.ts';
import { type GraphBuilder, graphBuilder, linear, type Normalisation, normalise } from './graph-builder.ts';
import type { Graph } from './onnx-file.ts';
import type { Weights } from './weights.ts';

/**
 * ResNet for 32 x 32 images (He et al. 2016, section 4.2), any widths and depths. Where the shape changes, the shortcut is
 * a projection if the checkpoint has one (`downsample` or `shortcut`), else option A: every second pixel, the new channels
 * zero, half of them before and half after, as in akamaster/pytorch_resnet_cifar10.
 */
export function cifarResnet(weights: Weights, normalisation: Normalisation): Graph {
  const last = weights.has('fc.weight') ? 'fc' : 'linear';
  const weight = weights.take(`${last}.weight`, [-1, -1]);
  const bias = weights.take(`${last}.bias`, [weight.shape[0]!]);
  const graph = graphBuilder('resnet', [3, 32, 32], weight.shape[0]!);
  const stem = foldedConvolution(weights, 'conv1', 'bn1', [-1, 3, 3, 3]);
  let x = graph.node('Relu', [convolve(graph, normalise(graph, 'input', normalisation), 'conv1', stem, 3, 1)]);
  let channels = stem.shape[0];
  for (let layer = 1; layer <= 3; layer++) {
    for (let i = 0; i === 0 || weights.has(`layer${layer}.${i}.conv1.weight`); i++) {
      const name = `layer${layer}.${i}`;
      const stride = layer > 1 && i === 0 ? 2 : 1;
      const first = foldedConvolution(weights, `${name}.conv1`, `${name}.bn1`, [-1, channels, 3, 3]);
      const planes = first.shape[0];
      const second = foldedConvolution(weights, `${name}.conv2`, `${name}.bn2`, [planes, planes, 3, 3]);
      const inner = graph.node('Relu', [convolve(graph, x, `${name}.conv1`, first, channels, stride)]);
      const outer = convolve(graph, inner, `${name}.conv2`, second, planes, 1);
      x = graph.node('Relu', [graph.node('Add', [outer, shortcut(graph, weights, x, name, channels, planes, stride)])]);
      channels = planes;
    }
  }
  return graph.finish(linear(graph, globalAverage(graph, x), last, weight, bias));
}

function shortcut(
  graph: GraphBuilder,
  weights: Weights,
  x: string,
  block: string,
  channels: number,
  planes: number,
  stride: number,
): string {
  const projection = ['downsample', 'shortcut']
    .map((part) => `${block}.${part}`)
    .find((name) => weights.has(`${name}.0.weight`));
  if (projection) {
    const conv = foldedConvolution(weights, `${projection}.0`, `${projection}.1`, [planes, channels, 1, 1]);
    return convolve(graph, x, projection, conv, channels, stride);
  }
  if (stride === 1 && channels === planes) return x;
  // starts, ends (open), axes, steps
  const every = [
    graph.integers(0, 0),
    graph.integers(2 ** 31 - 1, 2 ** 31 - 1),
    graph.integers(2, 3),
    graph.integers(stride, stride),
  ];
  const before = Math.floor((planes - channels) / 2);
  const pads = graph.integers(0, before, 0, 0, 0, planes - channels - before, 0, 0);
  return graph.node('Pad', [graph.node('Slice', [x, ...every]), pads]);
}
