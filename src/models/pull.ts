import { existsSync } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makeFolder, removeLeftovers, writeWhole } from '../util/atomic.ts';
import { digestOfFile } from '../util/digest.ts';
import { type DownloadOptions, download } from '../util/download.ts';
import { EnvironmentError } from '../util/errors.ts';
import { sha256 } from '../util/files.ts';
import { withLock } from '../util/lock.ts';
import { architectures, buildOnnx } from './import/architectures.ts';
import { parseCheckpoint } from './import/checkpoint.ts';
import { mobilenet } from './import/mobilenet.ts';
import { encodeOnnx } from './import/onnx-file.ts';
import { weightsOf } from './import/weights.ts';
import { recordOf, writeRecord } from './record.ts';
import { type ModelEntry, models } from './registry.ts';
import { readTfjsFiles, tfjsTensors } from './tfjs-files.ts';

export type PullOptions = Pick<DownloadOptions, 'progress' | 'note' | 'patience' | 'attempts' | 'pause'>;

/**
 * A checkpoint that is turned into ONNX, or the model.json of a TensorFlow.js model; `most` is the longest that one of its
 * files may be, in bytes.
 */
export type ModelSource =
  | { readonly checkpoint: string; readonly architecture: string; readonly sha256?: string; readonly most?: number }
  | { readonly tfjs: string; readonly sha256: string; readonly most?: number };

const akamaster = 'https://github.com/akamaster/pytorch_resnet_cifar10/raw/master/pretrained_models';
const tfjsMobilenet = {
  tfjs: 'https://storage.googleapis.com/tfjs-models/tfjs/mobilenet_v1_0.75_224/model.json',
  most: 16e6,
  sha256: models.get('mobilenet-imagenet-tfjs').sha256!,
};

/** Public sources; `sha256` are the digits that the publisher gives. */
export const modelSources: Readonly<Record<string, ModelSource>> = {
  'resnet20-cifar10': {
    checkpoint: `${akamaster}/resnet20-12fca82f.th`,
    architecture: 'resnet20',
    sha256: '12fca82f',
    most: 8e6,
  },
  'resnet56-cifar10': {
    checkpoint: `${akamaster}/resnet56-4bfd9763.th`,
    architecture: 'resnet56',
    sha256: '4bfd9763',
    most: 16e6,
  },
  'repvgg-a2-cifar10': {
    checkpoint:
      'https://github.com/chenyaofo/pytorch-cifar-models/releases/download/repvgg/cifar10_repvgg_a2-09488915.pt',
    architecture: 'repvgg-a2',
    sha256: '09488915',
    most: 250e6,
  },
  'vit-b-16-imagenet': {
    checkpoint: 'https://download.pytorch.org/models/vit_b_16-c867db91.pth',
    architecture: 'vit-b-16',
    sha256: 'c867db91',
    most: 500e6,
  },
  'vit-tiny-imagenet': {
    checkpoint: 'https://huggingface.co/timm/vit_tiny_patch16_224.augreg_in21k_ft_in1k/resolve/main/model.safetensors',
    architecture: 'vit-tiny-patch16-224',
    most: 100e6,
  },
  'mobilenet-imagenet': tfjsMobilenet,
  'mobilenet-imagenet-tfjs': tfjsMobilenet,
};

/**
 * Gets a registry model from its public source, verifies it, turns it into the file that the registry names, and records
 * what it was made of. The model appears only when all of that is done.
 * @param folder the data folder to write below
 * @returns what was done, for the user
 * @throws EnvironmentError when the source cannot be had or is not what it should be
 */
export async function pullModel(
  name: string,
  folder: string,
  options: PullOptions,
  source: ModelSource = modelSources[name]!, // a test checks that every model that is not packaged has one
): Promise<string> {
  const entry = models.get(name);
  if (entry.packaged) return `${name}: part of this package, nothing to get`;
  const target = join(folder, entry.file);
  return withLock(`${target}.lock`, async () => {
    const digest = existsSync(target) && (recordOf(target)?.sha256 ?? (await publishedDigest(entry, target)));
    if (digest) return `${name}: already in ${target}, SHA-256 ${digest}`;
    removeLeftovers(dirname(target)); // of a pull that was killed
    return 'tfjs' in source
      ? pullTfjs(entry, source, target, folder, options)
      : pullCheckpoint(entry, source, target, folder, options);
  });
}

/** The digest of a file that is as published, though no pull recorded it. */
async function publishedDigest({ runtime, sha256: expected }: ModelEntry, target: string): Promise<string | undefined> {
  const actual = runtime === 'tfjs' ? (await readTfjsFiles(target)).sha256 : await digestOfFile(target);
  return actual === expected ? actual : undefined;
}

async function pullCheckpoint(
  { name }: ModelEntry,
  source: Extract<ModelSource, { checkpoint: string }>,
  target: string,
  folder: string,
  options: PullOptions,
): Promise<string> {
  const checkpoint = join(folder, 'checkpoints', basename(new URL(source.checkpoint).pathname));
  const { most } = source;
  const digest = source.sha256 ? { digest: { algorithm: 'sha256', digits: source.sha256 } as const } : {};
  await download(source.checkpoint, checkpoint, { ...options, ...digest, ...(most && { most }) });
  try {
    const bytes = await readFile(checkpoint);
    const onnx = await buildOnnx(parseCheckpoint(bytes, checkpoint), architectures.get(source.architecture));
    writeWhole(target, onnx);
    writeRecord(target, { source: source.checkpoint, sourceSha256: sha256(bytes), sha256: sha256(onnx) });
  } finally {
    await rm(checkpoint, { force: true }); // also when it is refused: the next pull gets it anew
  }
  const digits = source.sha256
    ? `verified by ${source.sha256}…`
    : `no digest is published; recorded ${recordOf(target)!.sourceSha256}`;
  return `${name}: ${target} (from ${source.checkpoint}; ${digits})`;
}

/** The weight files that a model.json names; none when it is broken or names what is no file beside it: its digest will tell. */
async function weightFiles(json: string): Promise<readonly string[]> {
  try {
    const { weightsManifest } = JSON.parse(await readFile(json, 'utf8')) as { weightsManifest: { paths: unknown[] }[] };
    const names = weightsManifest.flatMap((group) => group.paths);
    return names.length <= mostWeightFiles && names.every(isPlainName) ? names : [];
  } catch {
    return [];
  }
}

const mostWeightFiles = 100;

function isPlainName(name: unknown): name is string {
  return typeof name === 'string' && /^\w[\w.-]{0,99}$/.test(name);
}

async function pullTfjs(
  { name, runtime }: ModelEntry,
  source: Extract<ModelSource, { tfjs: string }>,
  target: string,
  folder: string,
  options: PullOptions,
): Promise<string> {
  const work = join(folder, 'checkpoints', name);
  const json = join(work, basename(new URL(source.tfjs).pathname));
  const limited = { ...options, ...(source.most && { most: source.most }) };
  await download(source.tfjs, json, limited);
  for (const file of await weightFiles(json)) {
    await download(new URL(file, source.tfjs).href, join(work, file), limited);
  }
  const files = await readTfjsFiles(json).catch(() => undefined);
  if (files?.sha256 !== source.sha256) {
    await rm(work, { recursive: true, force: true });
    const actual = files ? `SHA-256 ${files.sha256}` : 'unreadable';
    throw new EnvironmentError(
      `${source.tfjs} and its weights are not what they should be: ${actual}, expected SHA-256 ${source.sha256}; nothing of them was kept`,
    );
  }
  if (runtime === 'tfjs') {
    await rm(dirname(target), { recursive: true, force: true });
    makeFolder(dirname(dirname(target)));
    await rename(work, dirname(target));
    writeRecord(target, { source: source.tfjs, sourceSha256: files.sha256, sha256: files.sha256 });
  } else {
    const weights = weightsOf(tfjsTensors(files), name);
    const onnx = await encodeOnnx(mobilenet(weights));
    weights.finish();
    writeWhole(target, onnx);
    writeRecord(target, { source: source.tfjs, sourceSha256: files.sha256, sha256: sha256(onnx) });
    await rm(work, { recursive: true, force: true });
  }
  return `${name}: ${target} (from ${source.tfjs}; verified)`;
}
