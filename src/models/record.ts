import { existsSync } from 'node:fs';
import { z } from 'zod';
import { writeWhole } from '../util/atomic.ts';
import { UserError } from '../util/errors.ts';
import { readRegularFile } from '../util/files.ts';

const schema = z.object({
  /** Where the file comes from. */
  source: z.string(),
  /** SHA-256 of what was downloaded. */
  sourceSha256: z.string(),
  /** SHA-256 of the model as `Model.sha256` has it. */
  sha256: z.string(),
});

/** What `models pull` made of what, kept in `<file>.json` beside the model. */
export type ModelRecord = z.infer<typeof schema>;

const recordPath = (path: string) => `${path}.json`;

/** @throws UserError when there is a record, but a broken one */
export function recordOf(path: string): ModelRecord | undefined {
  const file = recordPath(path);
  if (!existsSync(file)) return undefined;
  try {
    return schema.parse(JSON.parse(readRegularFile(file).toString()));
  } catch {
    throw new UserError(`${file} is broken; remove it and the model beside it, and pull the model again`);
  }
}

export function writeRecord(path: string, record: ModelRecord): void {
  writeWhole(recordPath(path), `${JSON.stringify(record, null, 2)}\n`);
}
