import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A new empty folder that goes away with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'approxifer-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A new folder that holds a config as `c.yaml`. @returns the path of a name in it */
export function folderWithConfig(config: string): (name: string) => string {
  const folder = temporaryFolder();
  const at = (name: string) => join(folder, name);
  writeFileSync(at('c.yaml'), config);
  return at;
}
