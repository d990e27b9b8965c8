/**
 * The `options` key column: what of a cell differs from its scheme's defaults, as `key=value;key=value`, sorted. The one place
 * that writes it and reads it back. A `;` inside a value is written `%3B`, a `%` as `%25`.
 */

/** The text of the column. @param options by key; undefined values are left out */
export function optionsText(options: Iterable<readonly [key: string, value: unknown]>): string {
  return [...options]
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${optionText(value).replace(/[%;]/g, (character) => encodeURIComponent(character))}`)
    .sort()
    .join(';');
}

/** A value as text: an option is at its default when both have one text. */
export function optionText(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** The options by key, as texts. */
export function parseOptions(text: string): ReadonlyMap<string, string> {
  const entries = text === '' ? [] : text.split(';');
  return new Map(
    entries.map((entry) => {
      const at = entry.indexOf('=');
      const value = at < 0 ? '' : entry.slice(at + 1);
      return [at < 0 ? entry : entry.slice(0, at), value.replaceAll('%3B', ';').replaceAll('%25', '%')];
    }),
  );
}
