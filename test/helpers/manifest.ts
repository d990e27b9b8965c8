import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Manifest, manifestText } from '../../src/results/manifest.ts';
import { readManifest } from '../../src/results/read.ts';

/** Changes the manifest of a folder as a run would have written it; `undefined` takes a key away. */
export function editManifest(folder: string, changes: Readonly<Partial<Record<keyof Manifest, unknown>>>): void {
  const changed: Manifest = Object.assign(readManifest(folder), changes);
  writeFileSync(path.join(folder, 'manifest.json'), manifestText(JSON.parse(JSON.stringify(changed))));
}
