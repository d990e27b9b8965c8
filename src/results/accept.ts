import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../util/errors.ts';
import { type Manifest, tableOptions } from './manifest.ts';
import { countFailures, hasFile, readResults } from './read.ts';
import { files } from './schema.ts';
import { paperTable } from './table.ts';
import { renderTable } from './table-render.ts';

/**
 * Makes a run the reference at `target`: its summary, its manifest with where it came from, its table. The folder is
 * replaced as a whole or not at all.
 * @param now ISO date and time, for the provenance
 * @throws UserError when the run is incomplete, has failed cells, or is the target itself
 */
export function acceptRun(folder: string, target: string, now: string): void {
  if (path.resolve(folder) === path.resolve(target)) throw new UserError(`${folder}: is the reference itself`);
  const { manifest, rows } = readResults(folder);
  if (rows.length === 0) throw new UserError(`${folder}: has no cells; a reference needs results`);
  const failures = hasFile(folder, files.failures) ? countFailures(folder) : 0;
  if (failures > 0) {
    throw new UserError(`${folder}: ${failures} cells failed (${files.failures}); a reference must be complete`);
  }
  const parent = path.dirname(path.resolve(target));
  mkdirSync(parent, { recursive: true });
  const staging = mkdtempSync(path.join(parent, '.accept-'));
  chmodSync(staging, 0o755); // a temporary folder is closed to others
  try {
    copyFileSync(path.join(folder, files.summary), path.join(staging, files.summary));
    const reference = referenceManifest(manifest, path.basename(path.resolve(folder)), now);
    writeFileSync(path.join(staging, files.manifest), `${JSON.stringify(reference, null, 2)}\n`);
    const table = paperTable(rows, tableOptions(manifest));
    writeFileSync(path.join(staging, files.tableMarkdown), renderTable(table, 'markdown'));
    replaceFolder(staging, target);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** What of a manifest belongs in a repository: no machine, no times, no folder of the machine it ran on. */
function referenceManifest(manifest: Manifest, from: string, at: string): Manifest {
  const { machine: _machine, times: _times, ...kept } = manifest;
  return {
    ...(withoutFolders(kept) as Manifest),
    accepted: { from, at, by_version: manifest.versions.approxifer },
  };
}

/** Absolute paths, cut down to their last part. */
function withoutFolders(value: unknown): unknown {
  if (typeof value === 'string') return path.isAbsolute(value) ? path.basename(value) : value;
  if (Array.isArray(value)) return value.map(withoutFolders);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withoutFolders(entry)]));
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
