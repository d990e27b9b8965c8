import { makeFolder } from './atomic.ts';
import { EnvironmentError } from './errors.ts';

/**
 * Unpacks files of a tar archive (gzipped or not) into a folder, without the first part of their names.
 * @param keep which files, by the rest of their names
 * @throws EnvironmentError that names the archive when it is damaged, or has an entry that points outside its folder or is
 *   no plain file
 */
export async function extractTar(archive: string, to: string, keep: (name: string) => boolean): Promise<void> {
  const tar = await import('tar');
  const inner = (name: string) => name.split('/').slice(1).join('/');
  try {
    let refusal: string | undefined; // thrown below: an exception in the callback would leave the stream open
    await tar.t({
      file: archive,
      strict: true,
      onReadEntry({ path, type }) {
        if (path.split(/[/\\]/).includes('..') || /^([/\\]|[A-Za-z]:)/.test(path)) {
          refusal ??= `its entry '${path}' points outside its folder`;
        } else if (keep(inner(path)) && type !== 'File' && type !== 'OldFile' && type !== 'Directory') {
          refusal ??= `its entry '${path}' is a ${type}, not a file`;
        }
      },
    });
    if (refusal) throw new Error(refusal);
    makeFolder(to);
    await tar.x({ file: archive, cwd: to, strict: true, strip: 1, filter: (path) => keep(inner(path)) });
  } catch (error) {
    throw new EnvironmentError(`archive ${archive} is refused: ${(error as Error).message}`, { cause: error });
  }
}
