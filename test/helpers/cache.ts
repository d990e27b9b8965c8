import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** Each file of tests has a cache folder of its own: none reads the user's, or what another one left. */
const folder = mkdtempSync(join(tmpdir(), 'approxifer-cache-'));
process.env.XDG_CACHE_HOME = folder;
afterAll(() => rmSync(folder, { recursive: true, force: true }));
