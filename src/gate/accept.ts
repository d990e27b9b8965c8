import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { digestOfContent, type Manifest, manifestText, tableOptions, withoutFolders } from '../results/manifest.ts';
import { countFailures, hasFile, readManifest, readResults } from '../results/read.ts';
import { files } from '../results/schema.ts';
import { markdown } from '../tables/markdown.ts';
import { paperTable } from '../tables/table.ts';
import { diskError, makeFolder } from '../util/atomic.ts';
import { UserError } from '../util/errors.ts';
import { sha256 } from '../util/files.ts';

/** What a reference consists of: a folder with anything else is not replaced. */
const referenceFiles: readonly string[] = [files.manifest, files.summary, files.tableMarkdown];

/**
 * Makes a run the reference at `target`: its summary, its manifest with where it came from, its table. The folder is
 * replaced as a whole or not at all.
 * @param now ISO date and time, for the provenance
 * @throws UserError when the run is incomplete or has failed cells, or the target is neither new nor a reference
 */
export function acceptRun(folder: string, target: string, now: string): void {
  const { manifest, rows, changed } = readResults(folder);
  if (changed) throw new UserError(`${changed}; run the experiment again`);
  if (rows.length === 0) throw new UserError(`${folder}: has no cells; a reference needs results`);
  const failures = hasFile(folder, files.failures) ? countFailures(folder) : 0;
  if (failures > 0) {
    throw new UserError(`${folder}: ${failures} cells failed (${files.failures}); a reference must be complete`);
  }
  const place = realPath(path.resolve(target)); // a link keeps pointing at the reference
  refuseTarget(folder, target, place);
  const summary = digestOfContent(files.summary, readFileSync(path.join(folder, files.summary)));
  const reference: Manifest = {
    ...referenceManifest(manifest, path.basename(path.resolve(folder)), now),
    files_sha256: { [files.summary]: summary },
  };
  const table = markdown.render(paperTable(rows, tableOptions(manifest)));
  const staging = stagingFolder(target, path.dirname(place));
  try {
    copyFileSync(path.join(folder, files.summary), path.join(staging, files.summary));
    writeFileSync(path.join(staging, files.manifest), manifestText(reference));
    writeFileSync(path.join(staging, files.tableMarkdown), table);
    replaceFolder(staging, place);
  } catch (error) {
    throw diskError(target, error);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
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

/** A path without links, as far as it exists. */
function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    const parent = path.dirname(file);
    return parent === file ? file : path.join(realPath(parent), path.basename(file));
  }
}

/** An empty folder beside the target, so that it can be renamed into place. */
function stagingFolder(target: string, parent: string): string {
  try {
    makeFolder(parent);
    const staging = mkdtempSync(path.join(parent, '.accept-'));
    chmodSync(staging, 0o755); // a temporary folder is closed to others
    return staging;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC') throw diskError(target, error);
    throw new UserError(`${target}: the reference cannot be written there (${code}); choose another folder with --to`);
  }
}

/** What of a manifest belongs in a repository: no machine, no times, no folder of the machine it ran on. */
function referenceManifest(manifest: Manifest, from: string, at: string): Manifest {
  const { machine: _machine, times: _times, summary_sha256: _summary, written, ...kept } = manifest;
  const config = withoutFolders(manifest.config);
  const named = [config.model, config.dataset].every((spec) => typeof spec === 'string');
  return {
    ...kept,
    config,
    config_sha256: sha256(JSON.stringify(config)),
    ...(named && written !== undefined && { written }),
    accepted: { from, at, by_version: manifest.versions.approxifer },
  };
}

function replaceFolder(staging: string, target: string): void {
  const old = `${staging}-old`;
  let replaced = false;
  try {
    renameSync(target, old);
    replaced = true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  try {
    renameSync(staging, target);
  } catch (error) {
    if (replaced) renameSync(old, target);
    throw error;
  }
  rmSync(old, { recursive: true, force: true });
}
