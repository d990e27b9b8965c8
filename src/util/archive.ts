import { createReadStream } from 'node:fs';
import type { ReadEntry } from 'tar';
import { makeFolder } from './atomic.ts';
import { EnvironmentError } from './errors.ts';

/**
 * Unpacks files of a tar archive (gzipped or not) into a folder, without the first part of their names. They are plain files
 * that their owner may write, whatever the archive says of their mode.
 * @param keep which files, by the rest of their names
 * @param most bytes that all entries of the archive together may have
 * @throws EnvironmentError that names the archive when it is damaged or too large, or has an entry that points outside its
 *   folder or is no plain file; nothing is unpacked then
 */
export async function extractTar(
  archive: string,
  to: string,
  keep: (name: string) => boolean,
  most = 2 ** 31,
): Promise<void> {
  const tar = await import('tar');
  const inner = (name: string) => name.split('/').slice(1).join('/');
  let total = 0;
  const refusal = ({ path, type, size }: ReadEntry): string | undefined => {
    if (path.split(/[/\\]/).includes('..') || /^([/\\]|[A-Za-z]:)/.test(path)) {
      return `its entry '${path}' points outside its folder`;
    }
    if (keep(inner(path)) && type !== 'File' && type !== 'OldFile' && type !== 'Directory') {
      return `its entry '${path}' is a ${type}, not a file`;
    }
    total += size;
    return total > most ? `it holds more than ${most} bytes, unpacked: more than there should be` : undefined;
  };
  try {
    await checkEntries(archive, refusal);
    makeFolder(to);
    await tar.x({
      file: archive,
      cwd: to,
      strict: true,
      strip: 1,
      filter(path, entry) {
        // no set-user-id, no execution: these are data
        if ('type' in entry) entry.mode = entry.type === 'Directory' ? 0o755 : 0o644;
        return keep(inner(path));
      },
    });
  } catch (error) {
    throw new EnvironmentError(`archive ${archive} is refused: ${(error as Error).message}`, { cause: error });
  }
}

/** Reads an archive up to the first entry that is refused. @throws Error with the reason, or when it is damaged */
async function checkEntries(archive: string, refusal: (entry: ReadEntry) => string | undefined): Promise<void> {
  const { Parser } = await import('tar');
  let reason: Error | undefined; // kept: an exception in a callback would leave the stream open
  const parser = new Parser({
    strict: true,
    onReadEntry(entry) {
      const refused = refusal(entry);
      if (refused) reason ??= new Error(refused);
      entry.resume();
    },
  });
  const ended = new Promise<void>((resolve) => {
    parser.on('end', resolve);
    parser.on('error', (error: Error) => {
      reason ??= error;
      resolve();
    });
  });
  for await (const piece of createReadStream(archive)) {
    parser.write(piece as Buffer); // its entries are dropped at once, so nothing piles up
    if (reason) throw reason;
  }
  parser.end();
  await ended;
  if (reason) throw reason;
}
