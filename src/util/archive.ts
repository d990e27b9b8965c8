import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { ReadEntry } from 'tar';
import { diskError, makeFolder } from './atomic.ts';
import { EnvironmentError } from './errors.ts';
import { systemReason } from './machine-failure.ts';

/**
 * Unpacks files of a tar archive (gzipped or not) into a folder, without the first part of their names. They are plain files
 * that their owner may write, whatever the archive says of their mode.
 * @param keep which files, by the rest of their names
 * @param most bytes that the archive may have when it is no longer compressed, headers included: entries may be empty, and many
 * @throws EnvironmentError that names the archive when it is damaged or too large, or has an entry that points outside its
 *   folder or is no plain file, and nothing is unpacked then; or that names the folder, when it cannot be written
 */
export async function extractTar(
  archive: string,
  to: string,
  keep: (name: string) => boolean,
  most = 2 ** 31,
): Promise<void> {
  const tar = await import('tar');
  const inner = (name: string) => name.split('/').slice(1).join('/');
  const refusal = ({ path, type }: ReadEntry): string | undefined => {
    if (path.split(/[/\\]/).includes('..') || /^([/\\]|[A-Za-z]:)/.test(path)) {
      return `its entry '${path}' points outside its folder`;
    }
    const isPlain = isFile(type) || type === 'Directory';
    return keep(inner(path)) && !isPlain ? `its entry '${path}' is a ${type}, not a file` : undefined;
  };
  try {
    await checkEntries(archive, refusal, most);
    makeFolder(to);
    await tar.x({
      file: archive,
      cwd: to,
      strict: true,
      strip: 1,
      filter(path, entry) {
        if (!('type' in entry) || !isFile(entry.type)) return false; // folders come with the files in them
        entry.mode = 0o644; // no set-user-id, no execution: these are data
        return keep(inner(path));
      },
    });
  } catch (error) {
    if (systemReason(error)) throw diskError(to, error);
    throw new EnvironmentError(`archive ${archive} is refused: ${(error as Error).message}`, { cause: error });
  }
}

function isFile(type: string): boolean {
  return type === 'File' || type === 'OldFile';
}

/** Reads an archive up to the first entry that is refused. @throws Error with the reason, or when it is damaged or too large */
async function checkEntries(
  archive: string,
  refusal: (entry: ReadEntry) => string | undefined,
  most: number,
): Promise<void> {
  const { Header, Parser } = await import('tar');
  let entries = 0;
  let reason: Error | undefined; // kept: an exception in a callback would leave the stream open
  const parser = new Parser({
    strict: true,
    onReadEntry(entry) {
      const refused = ++entries > mostEntries ? `it holds more than ${mostEntries} entries` : refusal(entry);
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
  let over = false;
  parser.on('eof', () => {
    over = true;
  });
  let [total, after] = [0, 0];
  for await (const piece of await unzipped(archive)) {
    // what is packed otherwise, or twice, the parser would unpack by itself, and nobody would count
    const isTar = total > 0 || (piece.length >= 512 && new Header(piece, 0).cksumValid);
    if (!isTar) throw new Error('it is no tar archive');
    total += piece.length;
    if (total > most) throw new Error(`it holds more than ${most} bytes, unpacked: more than there should be`);
    if (over) {
      // the parser would keep and copy it
      after += piece.length;
      if (after > mostPadding) throw new Error('something follows its end');
      continue;
    }
    parser.write(piece); // its entries are dropped at once, so nothing piles up
    if (reason) throw reason;
  }
  parser.end();
  await ended;
  if (reason) throw reason;
}

const mostEntries = 20_000;

/** Most bytes behind the end of an archive: programs fill up a block. */
const mostPadding = 1 << 20;

/** The bytes of an archive, no longer compressed. */
async function unzipped(archive: string): Promise<AsyncIterable<Buffer>> {
  const file = await open(archive);
  const start = await file.read(Buffer.alloc(2), 0, 2, 0).finally(() => file.close());
  const packed = createReadStream(archive);
  if (start.buffer.readUInt16BE() !== 0x1f8b) return packed;
  const plain = createGunzip();
  return pipeline(packed, plain, () => {}); // what fails is thrown where the bytes are read
}
