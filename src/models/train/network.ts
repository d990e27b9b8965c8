import type { Sequential } from '@tensorflow/tfjs-layers';
import type { Constant, Graph, GraphNode } from '../import/onnx-file.ts';

/** Networks that can be trained here: `mlp` is ParM's 784-200-100-10 for grey images of 28 x 28, `lenet5` has 61,706 parameters. */
export const architectures = ['mlp', 'lenet5'] as const;
export type Architecture = (typeof architectures)[number];

/** Input x becomes `(x - mean) / std`, with `mean` 0 at the padding's pixel value 0 as well. */
export interface Normalisation {
  readonly mean: number;
  readonly std: number;
}

const side = 28;
/** LeNet5 was made for 32 x 32: a frame of two zero pixels. */
const frame = 2;

/** Shape of one input image, and the number of classes. */
export const inputShape: readonly number[] = [1, side, side];
export const outputs = 10;

/**
 * An untrained network with outputs [n, 10] before softmax.
 * @param seed of the initial weights
 * @param weightDecay added to the gradient of every weight w as `weightDecay·w`
 */
export function buildNetwork(
  layers: typeof import('@tensorflow/tfjs-layers'),
  architecture: Architecture,
  seed: number,
  weightDecay: number,
): Sequential {
  let layer = 0;
  const common = () => ({
    name: `layer${++layer}`,
    kernelInitializer: layers.initializers.heNormal({ seed: 1000 * seed + layer }),
    // the regulariser l·w² has the gradient 2·l·w
    ...(weightDecay > 0 && { kernelRegularizer: layers.regularizers.l2({ l2: weightDecay / 2 }) }),
  });
  const relu = 'relu' as const;
  const dense = (units: number, first: object = {}) =>
    layers.layers.dense({ ...first, units, ...(units !== outputs && { activation: relu }), ...common() });
  if (architecture === 'mlp') {
    return layers.sequential({ layers: [dense(200, { inputShape: [side * side] }), dense(100), dense(outputs)] });
  }
  const size = side + 2 * frame;
  const conv = (filters: number, first: object = {}) =>
    layers.layers.conv2d({ ...first, filters, kernelSize: 5, activation: relu, ...common() });
  const pool = () => layers.layers.maxPooling2d({ poolSize: 2 });
  return layers.sequential({
    layers: [
      conv(6, { inputShape: [size, size, 1] }),
      pool(),
      conv(16),
      pool(),
      layers.layers.flatten(),
      dense(120),
      dense(84),
      dense(outputs),
    ],
  });
}

/** Shape of one input tensor of `buildNetwork`'s networks. */
export function tensorShape(architecture: Architecture): number[] {
  return architecture === 'mlp' ? [side * side] : [side + 2 * frame, side + 2 * frame, 1];
}

/**
 * Points as the network takes them: normalised, and framed for LeNet5.
 * @param points [count, 784]
 * @returns [count, …tensorShape]
 */
export function networkInput(
  points: Float32Array,
  architecture: Architecture,
  { mean, std }: Normalisation,
): Float32Array {
  if (architecture === 'mlp') return points.map((x) => (x - mean) / std);
  const size = side + 2 * frame;
  const count = points.length / (side * side);
  const framed = new Float32Array(count * size * size).fill(-mean / std);
  for (let n = 0; n < count; n++) {
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        framed[(n * size + y + frame) * size + x + frame] = (points[(n * side + y) * side + x]! - mean) / std;
      }
    }
  }
  return framed;
}

/** A kernel or bias of a trained network, in the order of `getWeights`. */
export interface Weight {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * The trained network as a graph from pixels / 255 to outputs.
 * @param scale the network's outputs stand for `scale·output + shift[c]`
 */
export function networkGraph(
  name: string,
  architecture: Architecture,
  weights: readonly Weight[],
  { mean, std }: Normalisation,
  scale: number,
  shift: readonly number[],
): Graph {
  const nodes: GraphNode[] = [];
  const constants: Constant[] = [];
  const constant = (id: string, dims: readonly number[], data: Constant['data']) => {
    constants.push({ name: id, dims, data });
    return id;
  };
  const add = (operator: string, inputs: string[], output: string, attributes: GraphNode['attributes'] = {}) => {
    nodes.push({ operator, inputs, outputs: [output], attributes });
    return output;
  };
  let x = 'input';
  if (architecture === 'lenet5') {
    const pads = BigInt64Array.from([0, 0, frame, frame, 0, 0, frame, frame], BigInt);
    x = add('Pad', [x, constant('pads', [8], pads)], 'padded', { mode: 'constant' });
  }
  x = add('Sub', [x, constant('mean', [1], Float32Array.of(mean))], 'centred');
  x = add('Div', [x, constant('std', [1], Float32Array.of(std))], 'normalised');
  let flat = false;
  const layersOf = weights.length / 2;
  for (let i = 0; i < layersOf; i++) {
    const [kernel, bias] = [weights[2 * i]!, weights[2 * i + 1]!];
    const id = `layer${i + 1}`;
    const last = i === layersOf - 1;
    if (kernel.shape.length === 4) {
      const [h, w, from, to] = kernel.shape as [number, number, number, number];
      const W = constant(`${id}.weight`, [to, from, h, w], filtersFirst(kernel));
      x = add('Conv', [x, W, constant(`${id}.bias`, bias.shape, bias.data)], id, { kernel_shape: [h, w] });
      x = add('Relu', [x], `${id}.relu`);
      x = add('MaxPool', [x], `${id}.pool`, { kernel_shape: [2, 2], strides: [2, 2] });
      continue;
    }
    let W = kernel.data;
    if (!flat) {
      x = add('Flatten', [x], 'flat', { axis: 1 });
      flat = true;
      if (architecture === 'lenet5') W = planesFirst(kernel, weights[2 * i - 1]!.shape[0]!);
    }
    let b = bias.data;
    if (last) {
      W = W.map((value) => value * scale);
      b = b.map((value, c) => value * scale + shift[c]!);
    }
    x = add(
      'Gemm',
      [x, constant(`${id}.weight`, kernel.shape, W), constant(`${id}.bias`, bias.shape, b)],
      last ? 'logits' : id,
    );
    if (!last) x = add('Relu', [x], `${id}.relu`);
  }
  return {
    name,
    input: { name: 'input', shape: ['n', ...inputShape] },
    output: { name: 'logits', shape: ['n', outputs] },
    nodes,
    constants,
  };
}

/** A convolution's kernel [h, w, from, to] as [to, from, h, w]. */
function filtersFirst({ shape, data }: Weight): Float32Array {
  const [h, w, from, to] = shape as [number, number, number, number];
  const result = new Float32Array(data.length);
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++)
      for (let i = 0; i < from; i++)
        for (let o = 0; o < to; o++)
          result[((o * from + i) * h + y) * w + x] = data[((y * w + x) * from + i) * to + o]!;
  return result;
}

/** The rows of the first dense kernel, which count [pixel, channel], as [channel, pixel]. */
function planesFirst({ shape, data }: Weight, channels: number): Float32Array {
  const [rows, columns] = shape as [number, number];
  const pixels = rows / channels;
  const result = new Float32Array(data.length);
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let c = 0; c < channels; c++) {
      const row = data.subarray((pixel * channels + c) * columns, (pixel * channels + c + 1) * columns);
      result.set(row, (c * pixels + pixel) * columns);
    }
  }
  return result;
}
