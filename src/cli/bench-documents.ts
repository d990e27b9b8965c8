import { isLeftOpen, parseEntries } from '../coded/entries.ts';
import { ConfigIssue } from '../config/issues.ts';
import { type ConfigDocument, configDocument, readConfig } from '../config/load.ts';
import { yamlOption } from '../config/yaml.ts';
import { tracks } from '../tables/leaderboard.ts';
import { printable } from '../util/text.ts';
import { loadConfig } from './load.ts';
import { madeOfOptions } from './option-document.ts';

/** A track as it is to be run. */
interface TrackDocument {
  readonly name: string;
  readonly document: ConfigDocument;
}

/**
 * The configs of the bench suite, with schemes beside those it has.
 * @param added entries of `schemes:`, as the options were given
 * @param trials instead of those of each track
 * @throws UserError, before anything runs, for an entry that is faulty in a track or would change what the others are measured on
 */
export async function suiteDocuments(added: readonly string[], trials?: number): Promise<TrackDocument[]> {
  const entries = added.map((text) => yamlOption('--add', text));
  const overrides = trials === undefined ? [] : [`trials=${trials}`];
  const made = tracks.map(({ name }) => {
    const { data } = readConfig(`bench/${name}`, overrides);
    const own = data.schemes as unknown[];
    // paths of added schemes start from here
    const plain = configDocument(JSON.stringify({ ...data, schemes: [...own, ...entries] }), 'bench-suite');
    const document = madeOfOptions(plain, ([key, item]) => {
      const text = key === 'schemes' ? added[Number(item) - own.length] : undefined;
      return text === undefined ? undefined : `--add ${printable(text, 60)}`;
    });
    return { name, document };
  });
  for (const { document } of made) {
    try {
      checkEntries(document.data.schemes as unknown[]);
    } catch (error) {
      throw document.located(error);
    }
    await loadConfig(document);
  }
  return made;
}

/** @throws ConfigIssue for an item that is not one scheme with all of its options known beforehand */
function checkEntries(schemes: readonly unknown[]): void {
  const parsed = parseEntries(schemes);
  for (const entry of parsed) {
    const at = ['schemes', entry.item];
    if (parsed.filter(({ item }) => item === entry.item).length > 1)
      throw new ConfigIssue(at, 'found a list of λ, and a row is one scheme; add each on its own, with a label');
    if (isLeftOpen(entry))
      throw new ConfigIssue(
        at,
        'c: auto is chosen on queries that then no scheme of the board is asked; give the number, such as c: 0.25',
      );
  }
}
