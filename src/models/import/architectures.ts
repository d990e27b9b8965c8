import { UserError } from '../../util/errors.ts';
import { type Member, registry } from '../../util/registry.ts';
import type { Normalisation } from './graph-builder.ts';
import { lenet5 } from './lenet5.ts';
import { encodeOnnx, type Graph } from './onnx-file.ts';
import { repvgg } from './repvgg.ts';
import { cifarResnet } from './resnet.ts';
import { vit } from './vit.ts';
import { type StateDict, type Weights, weightsOf } from './weights.ts';

/** A network that can be built from a state dict. */
export interface Architecture extends Member {
  readonly build: (weights: Weights, normalisation: Normalisation) => Graph;
  /** What its published weights were trained with. */
  readonly normalisation: Normalisation;
  /** Tensors that the checkpoint must have, with their shapes (-1: any size), and one that it must not have. */
  readonly shape?: Readonly<Record<string, readonly number[]>>;
  readonly absent?: string;
}

const imagenet: Normalisation = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const cifar10: Normalisation = { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] };

/** Tensors that tell a member of the RepVGG family from the others: the width of each stage. */
const repvggWidths = (...widths: number[]) =>
  Object.fromEntries(
    widths.map((width, stage) => [`stage${stage + 1}.0.rbr_dense.conv.weight`, [width, -1, 3, 3]] as const),
  );

export const architectures = registry<Architecture>('architecture', [
  ...(
    [
      ['repvgg-a0', [48, 96, 192, 1280]],
      ['repvgg-a1', [64, 128, 256, 1280]],
      ['repvgg-a2', [96, 192, 384, 1408]],
    ] as const
  ).map(([name, widths]) => ({
    name,
    summary: 'chenyaofo/pytorch-cifar-models',
    build: repvgg,
    normalisation: cifar10,
    shape: repvggWidths(...widths),
  })),
  {
    name: 'repvgg',
    summary: 'RepVGG for 32 x 32 images of any widths and depths',
    build: repvgg,
    normalisation: cifar10,
  },
  ...([20, 32, 44, 56, 110] as const).map((depth) => ({
    name: `resnet${depth}`,
    summary: 'CIFAR ResNet: akamaster/pytorch_resnet_cifar10, chenyaofo/pytorch-cifar-models',
    build: cifarResnet,
    normalisation: imagenet,
    // depth 6n + 2: n blocks in each of the three layers
    shape: { [`layer3.${(depth - 2) / 6 - 1}.conv2.weight`]: [64, 64, 3, 3] },
    absent: `layer3.${(depth - 2) / 6}.conv2.weight`,
  })),
  {
    name: 'lenet5',
    summary: 'scripts/train/lenet5.py',
    build: lenet5,
    normalisation: { mean: [0.1307], std: [0.3081] },
  },
  {
    name: 'vit-b-16',
    summary: 'torchvision vit_b_16',
    build: (weights, normalisation) => vit(weights, normalisation),
    normalisation: imagenet,
    shape: { 'encoder.layers.encoder_layer_11.ln_1.weight': [768], 'encoder.pos_embedding': [1, 197, 768] },
    absent: 'encoder.layers.encoder_layer_12.ln_1.weight',
  },
  {
    name: 'vit-tiny-patch16-224',
    summary: 'timm vit_tiny_patch16_224',
    build: (weights, normalisation) => vit(weights, normalisation),
    normalisation: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
    shape: { 'blocks.11.norm1.weight': [192], pos_embed: [1, 197, 192] },
    absent: 'blocks.12.norm1.weight',
  },
]);

export interface ImportOptions {
  /** Number of classes that the checkpoint must have. */
  readonly classes?: number;
  /** Default: that of the architecture's published weights. */
  readonly normalisation?: Normalisation;
}

/**
 * The ONNX file of a checkpoint: input pixel / 255 with planes first, output logits, batch normalisation folded.
 * @throws UserError when a tensor is missing, left over or of another shape than the architecture's
 */
export async function buildOnnx(
  state: StateDict,
  { name, build, normalisation, shape = {}, absent }: Architecture,
  options: ImportOptions = {},
): Promise<Uint8Array> {
  const weights = weightsOf(state, name);
  for (const [tensor, dims] of Object.entries(shape)) weights.take(tensor, dims);
  if (absent && weights.has(absent))
    throw new UserError(`the checkpoint is no ${name}: it is deeper (it has ${absent})`);
  const graph = build(weights, options.normalisation ?? normalisation);
  weights.finish();
  const classes = graph.output.shape[1];
  if (options.classes !== undefined && options.classes !== classes) {
    throw new UserError(`the checkpoint has ${classes} classes, not ${options.classes}`);
  }
  const channels = graph.input.shape[1];
  const { mean, std } = options.normalisation ?? normalisation;
  if (mean.length !== channels || std.length !== channels) {
    throw new UserError(`mean and std need ${channels} value(s), one for each channel`);
  }
  return encodeOnnx(graph);
}
