import { existsSync, readdirSync } from 'node:fs';
import type * as z from 'zod';
import { UserError } from '../util/errors.ts';
import { readRegularFile, reasonOf } from '../util/files.ts';
import type { Model } from './model.ts';

/** What is known of the model that others are trained for. */
export type BaseModel = Pick<Model, 'name' | 'sha256' | 'inputShape' | 'outputs'>;

/** A sort of model that is trained for a base model, in words. */
export interface Kind {
  /** `parity model`. */
  readonly what: string;
  /** The command that makes one. */
  readonly made: string;
}

/** Reads the JSON file that says what a model is for. @throws UserError when it cannot be read or says something else */
export function readSidecar<Sidecar>(path: string, schema: z.ZodType<Sidecar>, { what, made }: Kind): Sidecar {
  let text: string;
  try {
    text = readRegularFile(path).toString();
  } catch (error) {
    throw new UserError(`${path}, which says what the ${what} is for, cannot be read: ${reasonOf(error)}`);
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new UserError(`${path} is no description of a ${what}; write it again with "${made}"`);
  }
}

/** @throws UserError when a model was trained for another base model than this one, by digest */
export function checkBase(
  file: string,
  { base: trainedFor, baseSha256 }: { readonly base: string; readonly baseSha256: string },
  base: BaseModel,
  { what, made }: Kind,
): void {
  if (baseSha256 === base.sha256) return;
  throw new UserError(
    `${what} ${file} was trained for another base model: SHA-256 ${short(baseSha256)} (${trainedFor}), ` +
      `not ${short(base.sha256)} (${base.name}); train one with "${made}"`,
  );
}

/** Says that a file of a base model is not there, and which are. @param ending what all files of this kind end with */
export function missing(folder: string, base: string, stem: string, ending: string, { what, made }: Kind): UserError {
  const start = `${base}-`;
  const there = existsSync(folder) ? readdirSync(folder) : [];
  const known = there
    .filter((file) => file.startsWith(start) && file.endsWith(ending))
    .map((file) => file.slice(start.length, -ending.length))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return new UserError(
    `no ${what} ${base}-${stem}${ending} in ${folder} (${known.length > 0 ? `there for ${base}: ${known.join(', ')}` : `none for ${base}`}); ` +
      `train one with "${made}"`,
  );
}

function short(digest: string): string {
  return digest.slice(0, 12);
}
