import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as z from 'zod';
import { UserError } from '../util/errors.ts';
import { packageRoot } from '../util/folders.ts';
import type { Model } from './model.ts';
import { openOnnx } from './onnx.ts';
import { type BaseModel, checkBase, type Kind, missing, readSidecar } from './sidecar.ts';

/** What is written beside the networks of a code: `<base>-k<K>.json`. Further keys tell how it was trained and how well it does. */
const sidecarSchema = z.looseObject({
  k: z.int(),
  decoder: z.enum(['network', 'subtraction']),
  base: z.string(),
  baseSha256: z.string(),
  sha256: z.object({ encoder: z.string(), decoder: z.string().optional() }),
});

const kind: Kind = { what: 'learned code', made: 'python3 scripts/train/learned_code.py' };

/** Where the learned codes of this package are. */
const packagedFolder = join(packageRoot, 'models', 'learned');

/** The networks of a learned code, which the master runs. */
export interface LearnedNetworks {
  /** K queries [K·D] -> the parity query [D]. */
  readonly encoder: Model;
  /** K + 1 answers [(K+1)·m], the lost one zero and the parity's last -> K answers [K·m]; absent: by subtraction. */
  readonly decoder?: Model;
}

/**
 * Opens the learned code of K queries for a base model.
 * @param folder of the user's own codes; absent: that of this package
 * @throws UserError when there is none, or it belongs to another K or base model (by digest), or a file is altered
 */
export async function openLearnedCode(K: number, base: BaseModel, folder = packagedFolder): Promise<LearnedNetworks> {
  const stem = join(folder, `${base.name}-k${K}`);
  if (!existsSync(`${stem}.json`)) throw missing(folder, base.name, `k${K}`, '.json', kind);
  const sidecar = readSidecar(`${stem}.json`, sidecarSchema, kind);
  if (sidecar.k !== K) throw new UserError(`learned code ${stem}.json is for k = ${sidecar.k}, not ${K}`);
  checkBase(`${stem}.json`, sidecar, base, kind);
  const D = base.inputShape.reduce((product, dim) => product * dim, 1);
  const m = base.outputs;
  const encoder = await openPart(stem, 'encoder', sidecar.sha256.encoder, [K * D, D]);
  if (sidecar.decoder === 'subtraction') return { encoder };
  const decoder = await openPart(stem, 'decoder', sidecar.sha256.decoder, [(K + 1) * m, K * m]);
  return { encoder, decoder };
}

/** @param sizes numbers that go in and come out */
async function openPart(
  stem: string,
  part: 'encoder' | 'decoder',
  expected: string | undefined,
  sizes: readonly [number, number],
): Promise<Model> {
  const path = `${stem}-${part}.onnx`;
  const model = await openOnnx(path, `${basename(stem)}-${part}`, { expected, flat: true });
  const size = model.inputShape.reduce((product, dim) => product * dim, 1);
  if (size === sizes[0] && model.outputs === sizes[1]) return model;
  await model.dispose();
  throw new UserError(
    `${part} ${path} makes ${model.outputs} numbers of ${size}; for this base model it must make ${sizes[1]} of ${sizes[0]}`,
  );
}
