import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { digestOfContent, type Manifest, manifestText, tableOptions, withoutFolders } from '../results/manifest.ts';
import { countFailures, damageOf, readManifest, readResults } from '../results/read.ts';
import { placesOf, referenceFolder } from '../results/references.ts';
import { hasFile, readRunFile } from '../results/run-files.ts';
import { files } from '../results/schema.ts';
import { markdown } from '../tables/markdown.ts';
import { paperTable } from '../tables/table.ts';
import { diskError, makeFolder, removeLeftovers } from '../util/atomic.ts';
import { UserError } from '../util/errors.ts';
import { sha256 } from '../util/files.ts';
import { tryLock } from '../util/lock.ts';
import { counted } from '../util/text.ts';

/** What a reference keeps of the results of a run, where the run has it. */
const keptResults: readonly string[] = [files.summary, files.paired, files.ratios, files.optimum];

/** What a reference consists of: a folder with anything else is not replaced. */
const referenceFiles: readonly string[] = [files.manifest, files.tableMarkdown, files.pairedPacked, ...keptResults];

/** Longer paired differences are packed: there is a row for each two cells, and a repository should stay small. */
const mostPairedBytes = 64 * 1024;

/**
 * Makes a run the reference at `target`: its small results, its manifest with where it came from, its table. The folder is
 * replaced as a whole or not at all: a kill leaves the old reference or the new one, or what `settleReference` makes the new
 * one of.
 * @param now ISO date and time, for the provenance
 * @throws UserError when the run is incomplete, damaged or has failed cells, or the target is neither new nor a reference
 */
export function acceptRun(folder: string, target: string, now: string): void {
  const { manifest, rows, changed } = readResults(folder);
  const damage = changed ?? damageOf(folder, manifest);
  if (damage) throw new UserError(`${damage}; run the experiment again`);
  if (rows.length === 0) throw new UserError(`${folder}: has no cells; a reference needs results`);
  const failures = hasFile(folder, files.failures) ? countFailures(folder) : 0;
  if (failures > 0) {
    throw new UserError(
      `${folder}: ${counted(failures, 'cell')} failed (${files.failures}); a reference must be complete`,
    );
  }
  const place = realPath(path.resolve(target)); // a link keeps pointing at the reference
  const kept = keptResults.filter((name) => hasFile(folder, name));
  const contents = kept.map((name) => [name, readRunFile(folder, name)] as const);
  const digests = contents.map(([name, content]) => [name, digestOfContent(name, content)] as const);
  const reference: Manifest = {
    ...referenceManifest(manifest, path.basename(path.resolve(folder)), now),
    files_sha256: Object.fromEntries(digests),
  };
  const table = markdown.render(paperTable(rows, tableOptions(manifest)));
  refuseTarget(folder, target, place);
  alone(target, place, () => {
    settle(place);
    refuseTarget(folder, target, place); // what was settled is there only now
    const { staging, old } = hidden(place);
    try {
      mkdirSync(staging);
      for (const [name, content] of contents) {
        const packs = name === files.paired && content.length > mostPairedBytes;
        writeFileSync(path.join(staging, packs ? files.pairedPacked : name), packs ? gzipSync(content) : content);
      }
      writeFileSync(path.join(staging, files.manifest), manifestText(reference));
      writeFileSync(path.join(staging, files.tableMarkdown), table);
      replaceFolder(place);
    } catch (error) {
      throw diskError(target, error);
    } finally {
      if (existsSync(place) || !existsSync(old)) rmSync(staging, { recursive: true, force: true });
    }
  });
}

/**
 * Ends an `accept` that was killed while it replaced the reference at `target`, so that the reference is there under its
 * name. To be called before a reference is read.
 * @throws UserError when another process is replacing it just now, EnvironmentError when the folder cannot be written
 */
export function settleReference(target: string): void {
  const place = realPath(path.resolve(target));
  const { old } = hidden(place);
  if (existsSync(place) || !existsSync(old)) return;
  alone(target, place, () => {
    try {
      settle(place);
    } catch (error) {
      throw diskError(target, error);
    }
  });
}

/**
 * `referenceFolder`, once an `accept` is ended that was killed wherever the name can lead to: in a folder, or where references ship.
 * @throws UserError as `referenceFolder` and `settleReference`
 */
export function settledReference(name: string, run: string): string {
  for (const place of placesOf(name)) settleReference(place);
  return referenceFolder(name, run);
}

function isLink(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/**
 * Folders beside a reference while it is replaced: the new one until it is complete, and the old one from the moment it
 * makes room. Where `old` is and the reference is not, `staging` is complete.
 */
function hidden(place: string): { readonly staging: string; readonly old: string; readonly lock: string } {
  const beside = (what: string) => path.join(path.dirname(place), `.${path.basename(place)}.accept-${what}`);
  return { staging: beside('new'), old: beside('old'), lock: `${beside('run')}.lock` };
}

/** Does `work` while no other process replaces the same reference. */
function alone(target: string, place: string, work: () => void): void {
  const parent = path.dirname(place);
  try {
    makeFolder(parent);
    accessSync(parent, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC') throw diskError(target, error);
    throw new UserError(`${target}: the reference cannot be written there (${code}); choose another folder with --to`);
  }
  const lock = tryLock(hidden(place).lock);
  if (!('release' in lock)) throw new UserError(`${target}: another process is replacing this reference; wait for it`);
  try {
    removeLeftovers(parent);
    work();
  } finally {
    lock.release();
  }
}

/** Puts `staging`, which is complete, in place of the reference. */
function replaceFolder(place: string): void {
  const { staging, old } = hidden(place);
  if (existsSync(place)) renameSync(place, old);
  try {
    renameSync(staging, place);
  } catch (error) {
    if (existsSync(old)) renameSync(old, place);
    throw error;
  }
  rmSync(old, { recursive: true, force: true });
}

/** Ends or takes back what an earlier `accept` began. */
function settle(place: string): void {
  const { staging, old } = hidden(place);
  if (!existsSync(place) && existsSync(old)) renameSync(existsSync(staging) ? staging : old, place);
  for (const folder of [staging, old]) rmSync(folder, { recursive: true, force: true });
}

/**
 * The target is removed when it is replaced, so it must be ours.
 * @throws UserError when it has to do with the run's own folder, or holds anything but a reference
 */
function refuseTarget(folder: string, target: string, place: string): void {
  const cure = 'give --to a new folder or the reference to replace, such as results/reference/quickstart';
  const run = realPath(path.resolve(folder));
  if (place === run) throw new UserError(`${target}: is the run itself; ${cure}`);
  if (isInside(run, place)) throw new UserError(`${target}: the run lies in this folder; ${cure}`);
  if (isInside(place, run)) throw new UserError(`${target}: lies in the folder of the run; ${cure}`);
  if (!existsSync(place)) return;
  if (!statSync(place).isDirectory()) throw new UserError(`${target}: is not a folder; ${cure}`);
  const entries = readdirSync(place, { withFileTypes: true });
  const foreign = entries.find((entry) => !entry.isFile() || !referenceFiles.includes(entry.name));
  if (foreign) throw new UserError(`${target}: holds ${foreign.name}, which no reference has; ${cure}`);
  if (entries.length > 0) readManifest(place);
}

function isInside(inner: string, outer: string): boolean {
  const [first] = path.relative(outer, inner).split(path.sep);
  return first !== '..' && !path.isAbsolute(path.relative(outer, inner));
}

/** A path without links, as far as it exists; a link to a reference that is being replaced leads to its place. */
function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch (error) {
    const dangling = (error as NodeJS.ErrnoException).code === 'ENOENT' && isLink(file);
    if (dangling) return realPath(path.resolve(path.dirname(file), readlinkSync(file)));
    const parent = path.dirname(file);
    return parent === file ? file : path.join(realPath(parent), path.basename(file));
  }
}

/** What of a manifest belongs in a repository: no machine, no times, no folder of the machine it ran on. */
function referenceManifest(manifest: Manifest, from: string, at: string): Manifest {
  const { machine: _machine, times: _times, summary_sha256: _summary, written, ...kept } = manifest;
  const config = withoutFolders(manifest.config, manifest.digests);
  const withoutPaths = JSON.stringify(config) === JSON.stringify(manifest.config);
  return {
    ...kept,
    config,
    config_sha256: sha256(JSON.stringify(config)),
    ...(withoutPaths && written !== undefined && { written }),
    accepted: { from, at, by_version: manifest.versions.approxifer },
  };
}
