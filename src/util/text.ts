/** Characters that a terminal or a line of a file would act on: controls, line ends, changes of direction, half characters. */
const unprintable = /[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u;
const allUnprintable = new RegExp(unprintable.source, 'gu');

/**
 * Text of several lines that is safe to print: all that a terminal would act on, but line ends and tabs, is written as
 * `\u001b`, which JSON reads as the same.
 */
export function visible(text: string): string {
  return text.replace(allUnprintable, (character) =>
    character === '\n' || character === '\t' ? character : `\\u${hex(character).padStart(4, '0')}`,
  );
}

/** The first character of a text that may not stand in a name, such as `U+001B`; undefined when all may. */
export function unprintableCharacter(text: string): string | undefined {
  const found = unprintable.exec(text)?.[0];
  return found === undefined ? undefined : codePoint(found);
}

function codePoint(character: string): string {
  return `U+${hex(character).toUpperCase().padStart(4, '0')}`;
}

function hex(character: string): string {
  return character.codePointAt(0)!.toString(16);
}

/** `1 cell`, `2 cells`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `30 trials`, `1 or 30 trials`, `1 to 30 trials` of three numbers or more; the numbers in ascending order. */
export function countedRange(counts: readonly number[], noun: string): string {
  if (counts.length === 1) return counted(counts[0]!, noun);
  return `${counts.length > 2 ? `${counts[0]} to ${counts.at(-1)}` : counts.join(' or ')} ${noun}s`;
}

/** A word of a shell, quoted where it has to be. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** What of a text the eye sees: texts that look alike have one. Letters of other alphabets that look alike stay what they are. */
export function seen(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .replace(/\s+/gu, ' ')
    .trim();
}

/** Characters of a line for people; a longer one loses its middle. */
export const longestLine = 2000;

/** Text that is safe in a line on a terminal: characters that would act there are spelled out, the middle of a long one left out. */
export function printable(text: string, most = 400): string {
  return shorten(text, most).replace(allUnprintable, (character) =>
    character === '\n' || character === '\t' ? ' ' : `<${codePoint(character)}>`,
  );
}

/** The text with its middle left out when it is longer than `most` characters. */
function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = Math.floor((most - 1) / 4);
  return `${text.slice(0, most - 1 - end)}…${text.slice(text.length - end)}`;
}

/** A value as a message quotes it: JSON with `Infinity` and `NaN` spelled out, at most `most` characters. */
export function quoted(value: unknown, most = 60): string {
  return printable(plain(value, most, 3), most);
}

/** JSON of as much of a value as a quotation can show: of a list of a million entries nobody waits for the rest. */
function plain(value: unknown, most: number, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(shorten(value, most));
  if (typeof value !== 'object' || value === null) return String(value);
  const shown = (entries: readonly string[], all: number) =>
    `${entries.join(',')}${all > entries.length ? `${entries.length > 0 ? ',' : ''}…` : ''}`;
  const count = depth === 0 ? 0 : most;
  if (Array.isArray(value)) {
    return `[${shown(
      value.slice(0, count).map((entry) => plain(entry, most, depth - 1)),
      value.length,
    )}]`;
  }
  const keys = Object.keys(value);
  const fields = keys
    .slice(0, count)
    .map((key) => `${JSON.stringify(shorten(key, most))}:${plain(Reflect.get(value, key), most, depth - 1)}`);
  return `{${shown(fields, keys.length)}}`;
}
