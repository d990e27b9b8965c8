import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../util/errors.ts';
import { readUserFile, sha256 } from '../util/files.ts';
import { dataFolderCure, dataFolders, type LookupContext } from '../util/folders.ts';
import { byteDataset } from './bytes.ts';
import type { Dataset } from './dataset.ts';
import type { Split } from './mnist.ts';

/**
 * CIFAR-10 (Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009) in the official binary layout: a
 * record is the label and the red, green and blue planes, row by row; a file is 10,000 records.
 */
const shape = [3, 32, 32] as const;
const recordBytes = 1 + 3 * 32 * 32;
export const recordsPerFile = 10_000;

/** Folder of the six files below a data folder: the name of the official archive below `cifar10`. */
export const cifar10Folder = join('cifar10', 'cifar-10-batches-bin');

/** SHA-256 of the official files. */
export const cifar10Digests: Readonly<Record<string, string>> = {
  'data_batch_1.bin': 'cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5',
  'data_batch_2.bin': 'a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed',
  'data_batch_3.bin': 'bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67',
  'data_batch_4.bin': '014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48',
  'data_batch_5.bin': '755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add',
  'test_batch.bin': '8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b',
};

/** The files of a split, in the official order. */
export function cifar10Files(split: Split): string[] {
  return split === 'test' ? ['test_batch.bin'] : [1, 2, 3, 4, 5].map((part) => `data_batch_${part}.bin`);
}

/** The first data folder's CIFAR-10 folder that holds a split. */
export function locateCifar10(split: Split, env?: NodeJS.ProcessEnv): string | undefined {
  return dataFolders(env)
    .map((folder) => join(folder, cifar10Folder))
    .find((folder) => cifar10Files(split).every((file) => existsSync(join(folder, file))));
}

/**
 * Opens a split of CIFAR-10, each file verified against its digest.
 * @param folder the folder of the .bin files; default: looked for in the data folders
 * @throws UserError when a file is missing, truncated or altered
 */
export async function openCifar10(split: Split, context: LookupContext = {}, folder?: string): Promise<Dataset> {
  const found = folder ?? locateCifar10(split, context.env);
  if (!found) {
    const looked = dataFolders(context.env).map((data) => join(data, cifar10Folder));
    throw new UserError(
      `cifar10: no ${cifar10Files(split)[0]} in ${looked.join(', ')}; get it by 'approxifer datasets pull cifar10', or ${dataFolderCure(context.env)}`,
    );
  }
  const files = cifar10Files(split);
  const records = Buffer.concat(await Promise.all(files.map((file) => readCifar10File(found, file))));
  const labels = new Uint8Array(files.length * recordsPerFile);
  for (let i = 0; i < labels.length; i++) labels[i] = records[i * recordBytes]!;
  return byteDataset({
    name: split === 'test' ? 'cifar10' : 'cifar10-train',
    shape,
    pixels: records,
    stride: recordBytes,
    offset: 1,
    length: labels.length,
    labels,
    sha256: sha256(files.map((file) => `${cifar10Digests[file]}\n`).join('')),
  });
}

async function readCifar10File(folder: string, file: string): Promise<Buffer> {
  const path = join(folder, file);
  const bytes = await readUserFile(path, 'CIFAR-10 file');
  const size = recordBytes * recordsPerFile;
  if (bytes.length !== size) {
    const what = bytes.length < size ? 'truncated' : 'too long';
    throw new UserError(`${path} is ${what}: ${bytes.length} bytes, the official file has ${size}`);
  }
  const digest = sha256(bytes);
  if (digest !== cifar10Digests[file]) {
    throw new UserError(`${path} is altered: SHA-256 ${digest}, expected ${cifar10Digests[file]}`);
  }
  return bytes;
}
