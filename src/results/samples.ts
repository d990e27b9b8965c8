import path from 'node:path';
import * as z from 'zod';
import { UserError } from '../util/errors.ts';
import { readRegularFile, reasonOf } from '../util/files.ts';
import { parseNpy } from '../util/npy.ts';
import { files } from './schema.ts';

/** Points that belong together: the queries of a batch, or what one scheme makes of them. */
export interface SampleSet {
  readonly label: string;
  /** [count, ...shape] row-major */
  readonly points: Float32Array;
}

/** What a run of `kind: samples` keeps. */
export interface Samples {
  /** Shape of one point, such as [1, 28, 28]. */
  readonly shape: readonly number[];
  readonly sets: readonly SampleSet[];
}

/** A set as `samples.csv` and `samples.json` name it. */
export interface SampleEntry {
  readonly label: string;
  /** A NumPy array [count, ...shape]. */
  readonly file: string;
  readonly count: number;
  readonly shape: readonly number[];
}

/** What `samples.json` holds. */
const index = z.object({
  shape: z.array(z.number()),
  sets: z.array(z.object({ label: z.string(), file: z.string(), count: z.number() })),
});

/** The text of `samples.json`. */
export function samplesText(entries: readonly SampleEntry[]): string {
  const sets = entries.map(({ label, file, count }) => ({ label, file, count }));
  return `${JSON.stringify({ shape: entries[0]?.shape ?? [], sets }, null, 2)}\n`;
}

/** @throws UserError when a file is missing or cut off */
export function readSamples(folder: string): Samples {
  try {
    const { shape, sets } = index.parse(JSON.parse(readRegularFile(path.join(folder, files.samples)).toString()));
    return {
      shape,
      sets: sets.map(({ label, file, count }) => {
        const { shape: own, data } = parseNpy(readRegularFile(path.join(folder, file)), file);
        if (!(data instanceof Float32Array) || own.join() !== [count, ...shape].join())
          throw new Error(`${file} holds an array of [${own.join(', ')}], not of [${[count, ...shape].join(', ')}]`);
        return { label, points: data };
      }),
    };
  } catch (error) {
    const reason =
      error instanceof z.ZodError || error instanceof SyntaxError
        ? `${files.samples} is not what was written`
        : reasonOf(error);
    throw new UserError(`${folder}: the samples cannot be read (${reason}); run the experiment again`);
  }
}
