import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { UserError } from '../util/errors.ts';
import { readRegularFile, reasonOf } from '../util/files.ts';
import { type LookupContext, packageRoot } from '../util/folders.ts';
import type { Model } from './model.ts';
import { type Opening, openOnnx } from './onnx.ts';

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
type ParitySidecar = z.output<typeof sidecarSchema>;

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
  if (!existsSync(`${file}.onnx`)) throw missing(folder, base.name, stem);
  const sidecar = readSidecar(`${file}.json`);
  const [, k, row, code] = /^k(\d+)(?:-row(\d+))?(?:-(concatenation))?$/.exec(stem) ?? [];
  const wanted = { k: Number(k), row: Number(row ?? 0), code: code ?? 'addition' };
  for (const key of ['k', 'row', 'code'] as const) {
    if (sidecar[key] === wanted[key]) continue;
    throw new UserError(`parity model ${file}.onnx is for ${key} = ${sidecar[key]}, not ${wanted[key]}`);
  }
  if (sidecar.baseSha256 !== base.sha256) {
    throw new UserError(
      `parity model ${file}.onnx was trained for another base model: SHA-256 ${short(sidecar.baseSha256)} (${sidecar.base}), ` +
        `not ${short(base.sha256)} (${base.name}); train one with "approxifer train parity"`,
    );
  }
  const model = await openOnnx(`${file}.onnx`, basename(file), { expected: sidecar.sha256, ...opening });
  if (model.outputs === base.outputs && String(model.inputShape) === String(base.inputShape)) return model;
  await model.dispose();
  throw new UserError(`parity model ${file}.onnx has other inputs or outputs than its base model ${base.name}`);
}

function readSidecar(path: string): ParitySidecar {
  let text: string;
  try {
    text = readRegularFile(path).toString();
  } catch (error) {
    throw new UserError(`${path}, which says what the parity model is for, cannot be read: ${reasonOf(error)}`);
  }
  try {
    return sidecarSchema.parse(JSON.parse(text));
  } catch {
    throw new UserError(`${path} is no description of a parity model; write it again with "approxifer train parity"`);
  }
}

function missing(folder: string, base: string, stem: string): UserError {
  const start = `${base}-`;
  const there = existsSync(folder) ? readdirSync(folder) : [];
  const known = there
    .filter((file) => file.startsWith(start) && file.endsWith('.onnx'))
    .map((file) => file.slice(start.length, -'.onnx'.length))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return new UserError(
    `no parity model ${base}-${stem}.onnx in ${folder} (${known.length > 0 ? `there for ${base}: ${known.join(', ')}` : `none for ${base}`}); ` +
      'train one with "approxifer train parity"',
  );
}

function short(digest: string): string {
  return digest.slice(0, 12);
}
