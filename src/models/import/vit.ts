import { UserError } from '../../util/errors.ts';
import { type GraphBuilder, graphBuilder, linear, type Normalisation, normalise } from './graph-builder.ts';
import type { Graph } from './onnx-file.ts';
import type { Tensor, Weights } from './weights.ts';

/** LayerNorm's epsilon in torchvision's and timm's vision transformers. */
const epsilon = 1e-6;

/** Where a library keeps the tensors. */
interface Names {
  readonly classToken: string;
  readonly positions: string;
  readonly patches: string;
  readonly block: (i: number) => string;
  readonly norm1: string;
  /** Full names of query-key-value weight and bias below a block. */
  readonly qkv: readonly [string, string];
  readonly projection: string;
  readonly norm2: string;
  readonly mlp: readonly [string, string];
  readonly norm: string;
  readonly head: string;
}

const torchvision: Names = {
  classToken: 'class_token',
  positions: 'encoder.pos_embedding',
  patches: 'conv_proj',
  block: (i) => `encoder.layers.encoder_layer_${i}`,
  norm1: 'ln_1',
  qkv: ['self_attention.in_proj_weight', 'self_attention.in_proj_bias'],
  projection: 'self_attention.out_proj',
  norm2: 'ln_2',
  mlp: ['mlp.0', 'mlp.3'],
  norm: 'encoder.ln',
  head: 'heads.head',
};

const timm: Names = {
  classToken: 'cls_token',
  positions: 'pos_embed',
  patches: 'patch_embed.proj',
  block: (i) => `blocks.${i}`,
  norm1: 'norm1',
  qkv: ['attn.qkv.weight', 'attn.qkv.bias'],
  projection: 'attn.proj',
  norm2: 'norm2',
  mlp: ['mlp.fc1', 'mlp.fc2'],
  norm: 'norm',
  head: 'head',
};

/**
 * Vision transformer (Dosovitskiy et al., ICLR 2021) with a class token, as torchvision (`vit_b_16`) and timm
 * (`vit_tiny_patch16_224`) have it; width, depth, patch and image size follow from the checkpoint.
 * @param headSize width of an attention head, which no tensor tells
 */
export function vit(weights: Weights, normalisation: Normalisation, headSize = 64): Graph {
  const names = namesOf(weights);
  const [classToken, positions] = [
    weights.take(names.classToken, [1, 1, -1]),
    weights.take(names.positions, [1, -1, -1]),
  ];
  const width = classToken.shape[2]!;
  const tokens = positions.shape[1]!;
  const kernel = weights.take(`${names.patches}.weight`, [width, 3, -1, -1]);
  const patch = kernel.shape[2]!;
  const image = Math.round(Math.sqrt(tokens - 1)) * patch;
  const head = weights.take(`${names.head}.weight`, [-1, width]);
  const headBias = weights.take(`${names.head}.bias`, [head.shape[0]!]);
  const graph = graphBuilder('vit', [3, image, image], head.shape[0]!);

  const constants = [
    graph.constant('patches.weight', kernel.shape, kernel.data),
    graph.constant('patches.bias', [width], weights.take(`${names.patches}.bias`, [width]).data),
  ];
  const patches = graph.node('Conv', [normalise(graph, 'input', normalisation), ...constants], {
    kernel_shape: [patch, patch],
    strides: [patch, patch],
  });
  const rows = graph.node('Reshape', [patches, graph.integers(0, width, -1)]);
  const sequence = graph.node('Transpose', [rows], { perm: [0, 2, 1] });
  // the class token is row 0: a row of zeros is put in front, then token and positions are added at once
  const padded = graph.node('Pad', [sequence, graph.integers(0, 1, 0, 0, 0, 0)]);
  const added = Float32Array.from(positions.data, (value, i) => value + (i < width ? classToken.data[i]! : 0));
  let x = graph.node('Add', [padded, graph.constant('positions', positions.shape, added)]);

  for (let i = 0; i === 0 || weights.has(`${names.block(i)}.${names.norm1}.weight`); i++) {
    const block = names.block(i);
    const normed = layerNorm(graph, weights, x, `${block}.${names.norm1}`, width);
    x = graph.node('Add', [x, attention(graph, weights, normed, block, names, width, headSize)]);
    x = graph.node('Add', [
      x,
      mlp(graph, weights, layerNorm(graph, weights, x, `${block}.${names.norm2}`, width), block, names, width),
    ]);
  }
  const token = graph.node('Gather', [x, graph.integers(0)], { axis: 1 });
  const first = layerNorm(graph, weights, graph.node('Flatten', [token], { axis: 1 }), names.norm, width);
  return graph.finish(linear(graph, first, names.head, head, headBias));
}

function namesOf(weights: Weights): Names {
  if (!weights.has(torchvision.classToken)) return timm;
  // checkpoints from before torchvision 0.14 name the layers of the MLP
  const named = weights.has(`${torchvision.block(0)}.mlp.linear_1.weight`);
  return named ? { ...torchvision, mlp: ['mlp.linear_1', 'mlp.linear_2'] } : torchvision;
}

function layerNorm(graph: GraphBuilder, weights: Weights, x: string, name: string, width: number): string {
  const constants = ['weight', 'bias'].map((part) =>
    graph.constant(`${name}.${part}`, [width], weights.take(`${name}.${part}`, [width]).data),
  );
  return graph.node('LayerNormalization', [x, ...constants], { axis: -1, epsilon: { float: epsilon } });
}

/** `x · weightᵀ + bias` of x [n, tokens, inputs]. */
function tokenwise(graph: GraphBuilder, x: string, name: string, weight: Tensor, bias: Tensor): string {
  const product = graph.node('MatMul', [
    x,
    graph.constant(`${name}.weight`, [...weight.shape].reverse(), transposed(weight)),
  ]);
  return graph.node('Add', [product, graph.constant(`${name}.bias`, bias.shape, bias.data)]);
}

function transposed({ shape, data }: Tensor): Float32Array {
  const [rows, columns] = shape as [number, number];
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j]!;
  return out;
}

/** Multi-head self-attention: `softmax(q·kᵀ / √headSize)·v` for each head, heads joined, projected. */
function attention(
  graph: GraphBuilder,
  weights: Weights,
  x: string,
  block: string,
  names: Names,
  width: number,
  headSize: number,
): string {
  if (width % headSize !== 0) throw new UserError(`a width of ${width} is not a multiple of the head size ${headSize}`);
  const heads = width / headSize;
  const [weightName, biasName] = names.qkv;
  const qkvWeight = weights.take(`${block}.${weightName}`, [3 * width, width]);
  const qkvBias = weights.take(`${block}.${biasName}`, [3 * width]);
  const qkv = tokenwise(graph, x, `${block}.qkv`, qkvWeight, qkvBias);
  const [q, k, v] = graph.nodes('Split', [qkv], 3, { axis: 2 }).map((part, i) => {
    const split = graph.node('Reshape', [part, graph.integers(0, 0, heads, headSize)]);
    return graph.node('Transpose', [split], { perm: i === 1 ? [0, 2, 3, 1] : [0, 2, 1, 3] });
  }) as [string, string, string];
  const scale = graph.constant('scale', [1], Float32Array.of(1 / Math.sqrt(headSize)));
  const scores = graph.node('MatMul', [graph.node('Mul', [q, scale]), k]);
  const mixed = graph.node('MatMul', [graph.node('Softmax', [scores], { axis: -1 }), v]);
  const joined = graph.node('Reshape', [
    graph.node('Transpose', [mixed], { perm: [0, 2, 1, 3] }),
    graph.integers(0, 0, width),
  ]);
  const name = `${block}.${names.projection}`;
  const [weight, bias] = [weights.take(`${name}.weight`, [width, width]), weights.take(`${name}.bias`, [width])];
  return tokenwise(graph, joined, name, weight, bias);
}

/** Two layers with the exact GELU, `x/2 · (1 + erf(x / √2))`, between them. */
function mlp(graph: GraphBuilder, weights: Weights, x: string, block: string, names: Names, width: number): string {
  const [first, second] = names.mlp.map((part) => `${block}.${part}`) as [string, string];
  const up = weights.take(`${first}.weight`, [-1, width]);
  const inner = up.shape[0]!;
  const h = tokenwise(graph, x, first, up, weights.take(`${first}.bias`, [inner]));
  const erf = graph.node('Erf', [graph.node('Div', [h, graph.constant('sqrt2', [1], Float32Array.of(Math.SQRT2))])]);
  const gate = graph.node('Add', [erf, graph.constant('one', [1], Float32Array.of(1))]);
  const half = graph.node('Mul', [h, graph.constant('half', [1], Float32Array.of(0.5))]);
  const active = graph.node('Mul', [half, gate]);
  const down = weights.take(`${second}.weight`, [width, inner]);
  return tokenwise(graph, active, second, down, weights.take(`${second}.bias`, [width]));
}
