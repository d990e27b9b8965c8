import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { checkRegular } from './files.ts';

/** What a file's digest must begin with: publishers often give only the first digits. */
export interface ExpectedDigest {
  readonly algorithm: 'sha256' | 'md5';
  /** Hexadecimal, all digits or the first of them. */
  readonly digits: string;
}

/** The digest of a file, read in pieces, hexadecimal. @throws Error when it cannot be read or is no regular file */
export async function digestOfFile(path: string, algorithm: 'sha256' | 'md5' = 'sha256'): Promise<string> {
  checkRegular(path);
  const hash = createHash(algorithm);
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}
