import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { UserError } from '../util/errors.ts';
import { type LookupContext, packageRoot } from '../util/folders.ts';
import type { Model } from './model.ts';
import { type Opening, openOnnx } from './onnx.ts';
import { checkBase, type Kind, missing, readSidecar } from './sidecar.ts';

/** What is written beside a parity model: `<base>-k<K>….json`. Further keys tell how it was trained. */
const sidecarSchema = z.looseObject({
  k: z.int(),
  row: z.int(),
  code: z.enum(['addition', 'concatenation']),
  coefficients: z.array(z.number()),
  base: z.string(),
  baseSha256: z.string(),
  sha256: z.string(),
});

const kind: Kind = { what: 'parity model', made: 'approxifer train parity' };

/** Where the parity models of this package are. */
const packagedParityFolder = join(packageRoot, 'models', 'parity');

/**
 * Opens the parity model that a codec asks for.
 * @param name `k8`, `k8-row1`, `k4-concatenation`; a folder in front, relative to `context.folder`, for the user's own
 * @param base the model whose answers it reconstructs
 * @throws UserError when there is none, or it belongs to another k, code or base model (by digest)
 */
export async function openParityModel(
  name: string,
  base: Model,
  context: LookupContext = {},
  opening: Opening = {},
): Promise<Model> {
  const stem = basename(name);
  const folder = stem === name ? packagedParityFolder : resolve(context.folder ?? '', dirname(name));
  const file = join(folder, `${base.name}-${stem}`);
  if (!existsSync(`${file}.onnx`)) throw missing(folder, base.name, stem, '.onnx', kind);
  const sidecar = readSidecar(`${file}.json`, sidecarSchema, kind);
  const [, k, row, code] = /^k(\d+)(?:-row(\d+))?(?:-(concatenation))?$/.exec(stem) ?? [];
  const wanted = { k: Number(k), row: Number(row ?? 0), code: code ?? 'addition' };
  for (const key of ['k', 'row', 'code'] as const) {
    if (sidecar[key] === wanted[key]) continue;
    throw new UserError(`parity model ${file}.onnx is for ${key} = ${sidecar[key]}, not ${wanted[key]}`);
  }
  checkBase(`${file}.onnx`, sidecar, base, kind);
  const model = await openOnnx(`${file}.onnx`, basename(file), { expected: sidecar.sha256, ...opening });
  if (model.outputs === base.outputs && String(model.inputShape) === String(base.inputShape)) return model;
  await model.dispose();
  throw new UserError(`parity model ${file}.onnx has other inputs or outputs than its base model ${base.name}`);
}
