import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { truthOf } from '../../coded/truth.ts';
import { measureSample } from '../../metrics/measure.ts';
import { metrics } from '../../metrics/table.ts';
import { digestOfContent, manifestText, tableOptions } from '../../results/manifest.ts';
import { readManifest } from '../../results/read.ts';
import { files, keyColumns } from '../../results/schema.ts';
import { type CellTrials, pairedCsv, summaryCsv } from '../../results/summaries.ts';
import { Lines } from '../../runs/lines.ts';
import { writeTables } from '../../tables/files.ts';
import { makeFolder, writeWhole } from '../../util/atomic.ts';
import { digestOfFile } from '../../util/digest.ts';
import { UserError } from '../../util/errors.ts';
import { readRegularFile, reasonOf, sha256 } from '../../util/files.ts';
import { parseNpy } from '../../util/npy.ts';
import { seen, unprintableCharacter } from '../../util/text.ts';
import { trialFormat } from './format.ts';
import { isSealed } from './trial-export.ts';

const indexSchema = z.object({
  format: z.literal(1),
  trials: z.array(z.int()),
  patterns: z.int(),
  outputs: z.int(),
  metrics: z.array(z.enum(metrics.names)),
  cells: z.array(
    z.object({
      name: z.string().regex(/^cell\d+$/),
      condition: z.int(),
      scheme: z.string(),
      output: z.enum(['logits', 'softmax']),
      K: z.int(),
      N: z.int(),
      key: z.array(z.string()),
    }),
  ),
  files_sha256: z.record(z.string(), z.string()),
});
type Index = z.infer<typeof indexSchema>;
type IndexCell = Index['cells'][number];

/**
 * Joins what a decoder run offline made of exported batches with the schemes of their run, as a folder of results.
 * @param batches what `export` wrote
 * @param decoded folder of `cell<i>.npy`: [trials, patterns, K, m] decoded from what cell i received
 * @throws UserError when they do not fit each other
 */
export async function importDecoded(batches: string, decoded: string, label: string, out: string): Promise<void> {
  const index = readIndex(batches);
  if (unprintableCharacter(label) !== undefined || seen(label) === '')
    throw new UserError('--label: write plain text in one line');
  if (index.cells.some(({ scheme }) => seen(scheme) === seen(label)))
    throw new UserError(`--label ${label}: a scheme of the run has this name; give another`);
  const bases = index.cells.filter(({ name }) => existsSync(path.join(decoded, `${name}.npy`)));
  if (bases.length === 0)
    throw new UserError(`${decoded}: holds no cell<i>.npy; write it by save_decoded of the Python package`);
  if (existsSync(out) && readdirSync(out).length > 0)
    throw new UserError(`${out} is not empty; give --out a new folder`);
  // also what only the decoder has read: what it made of damaged answers is no result
  for (const [name, digest] of Object.entries(index.files_sha256)) await checkExported(batches, name, digest);

  const own = trialFormat(
    index.cells.map(({ key }) => key),
    index.metrics,
  );
  const columns = 1 + index.metrics.length;
  const rows = readRows(batches, index, own);
  const digests: Record<string, string> = {};
  const added = bases.map((base) => {
    const file = path.join(decoded, `${base.name}.npy`);
    const bytes = bytesOf(file);
    digests[`${label}: ${base.name}.npy`] = sha256(bytes);
    return measured(batches, index, base, parseNpy(bytes, file), file);
  });
  const keys = [...index.cells.map(({ key }) => key), ...bases.map((base) => keyOf(base, label))];
  const format = trialFormat(keys, index.metrics);
  const values = rows.map((row, t) =>
    Float64Array.from([
      ...row,
      ...bases.flatMap((base, i) => [row[index.cells.indexOf(base) * columns]!, ...added[i]![t]!]),
    ]),
  );
  const cells = [...index.cells, ...bases].map(
    ({ condition }, place): CellTrials => ({
      key: keys[place]!,
      condition,
      label: keys[place]![keyColumns.indexOf('scheme')]!,
      values: new Map(
        index.metrics.map((name, i) => [name, Float64Array.from(values, (row) => row[place * columns + 1 + i]!)]),
      ),
    }),
  );
  const texts = {
    [files.trials]: `${format.header}\n${index.trials.map((trial, t) => format.text(String(trial), values[t]!)).join('')}`,
    [files.summary]: summaryCsv(cells, index.metrics),
    [files.paired]: pairedCsv(cells, index.metrics),
  };
  makeFolder(out);
  for (const [name, text] of Object.entries(texts)) writeWhole(path.join(out, name), text);
  const manifest = readManifest(batches);
  const schemes = [
    ...((manifest.config.schemes ?? []) as unknown[]),
    { label, decoded: bases.map(({ name }) => name) },
  ];
  const whole = {
    ...manifest,
    config: { ...manifest.config, schemes },
    trials: index.trials.length,
    digests: { ...manifest.digests, schemes: { ...manifest.digests.schemes, ...digests } },
    files_sha256: Object.fromEntries(
      Object.entries(texts).map(([name, text]) => [name, digestOfContent(name, Buffer.from(text))]),
    ),
  };
  writeWhole(
    path.join(out, files.manifest),
    manifestText({ ...whole, config_sha256: sha256(JSON.stringify(whole.config)) }),
  );
  writeTables(out, tableOptions(whole));
}

function readIndex(batches: string): Index {
  const file = path.join(batches, 'index.json');
  try {
    const value: unknown = JSON.parse(readRegularFile(file).toString());
    if (isSealed(Object(value))) return indexSchema.parse(value);
  } catch {
    // said below
  }
  throw new UserError(`${file}: is not what "approxifer export" of this version writes; export the run again`);
}

/** @throws UserError when a file of the batches is not as it was exported */
async function checkExported(batches: string, name: string, digest: string): Promise<void> {
  const file = path.join(batches, name);
  const found = await digestOfFile(file).catch((error) => {
    throw new UserError(`${file}: cannot be read: ${reasonOf(error)}`);
  });
  if (found !== digest) throw new UserError(`${file}: is not what was exported; export the run again`);
}

function bytesOf(file: string): Buffer {
  try {
    return readRegularFile(file);
  } catch (error) {
    throw new UserError(`${file}: cannot be read: ${reasonOf(error)}`);
  }
}

function readRows(batches: string, index: Index, format: ReturnType<typeof trialFormat>): Float64Array[] {
  const file = path.join(batches, files.trials);
  const { trials } = index;
  const lines = new Lines(bytesOf(file), file);
  lines.take();
  return trials.map((trial) => {
    const found = format.read(lines);
    if (found?.unit !== String(trial))
      throw new UserError(`${file}: trial ${trial} is not there; export the run again`);
    return found.result;
  });
}

/** The key columns of the cell whose answers were decoded, under another name and without what its own decoder had. */
function keyOf({ key, name }: IndexCell, label: string): string[] {
  const own: Partial<Record<string, string>> = { scheme: label, lambda_dec: '', options: `decoded=${name}` };
  return keyColumns.map((column, i) => own[column] ?? key[i]!);
}

/** The metrics of each trial: means over the patterns in which they are defined. */
function measured(
  batches: string,
  index: Index,
  { name, K, output }: IndexCell,
  { shape, data }: ReturnType<typeof parseNpy>,
  file: string,
): number[][] {
  const { patterns: P, outputs: m, metrics: names, trials } = index;
  const wanted = [trials.length, P, K, m];
  if (shape.join() !== wanted.join() || !(data instanceof Float64Array || data instanceof Float32Array))
    throw new UserError(
      `${file}: holds [${shape.join(', ')}]; right are floats [${wanted.join(', ')}]: trials, patterns, queries, outputs`,
    );
  const at = data.findIndex((value) => !Number.isFinite(value));
  if (at >= 0)
    throw new UserError(
      `${file}: the output of trial ${trials[Math.floor(at / (P * K * m))]} of ${name} is ${data[at]}`,
    );
  const array = (part: string) => parseNpy(bytesOf(path.join(batches, `K${K}`, part)), part).data;
  const truths = Float64Array.from(array(`truth-${output}.npy`), Number);
  const labels = index.files_sha256[`K${K}/labels.npy`] ? Int32Array.from(array('labels.npy'), Number) : undefined;
  return trials.map((_, t) => {
    const truth = truthOf(truths.slice(t * K * m, (t + 1) * K * m), m, labels?.slice(t * K, (t + 1) * K));
    const found = Array.from({ length: P }, (_, p) => {
      const start = (t * P + p) * K * m;
      const outputs = Float64Array.from(data.subarray(start, start + K * m));
      return measureSample({ truth, decoded: { outputs }, liars: new Int32Array(0) }, names);
    });
    return names.map((metric) => mean(found.map((one) => one[metric] ?? Number.NaN)));
  });
}

function mean(values: readonly number[]): number {
  const defined = values.filter((value) => !Number.isNaN(value));
  return defined.length === 0 ? Number.NaN : defined.reduce((sum, value) => sum + value, 0) / defined.length;
}
