import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** What a file's digest must begin with: publishers often give only the first digits. */
export interface ExpectedDigest {
  readonly algorithm: 'sha256' | 'md5';
  /** Hexadecimal, all digits or the first of them. */
  readonly digits: string;
}

/** The digest of a file, read in pieces, hexadecimal. */
export async function digestOfFile(path: string, algorithm: 'sha256' | 'md5' = 'sha256'): Promise<string> {
  const hash = createHash(algorithm);
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}
