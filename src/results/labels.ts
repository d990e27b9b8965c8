import type { Difference } from './manifest.ts';

/** Labels of schemes: a later approxifer may make other default ones of the same config. */

const ofLabel = /^config\.schemes\[\d+\]\.label$/;

/** Most labels that a message names. */
const mostNamed = 3;

/**
 * What to say of a folder that differs from a config in the labels of schemes only.
 * @param differences folder first, config second
 * @returns such as `has the label "A" where this config now makes "B"; set label: A in that scheme`; undefined where there are
 * other differences, or none
 */
export function labelsApart(differences: readonly Difference[]): string | undefined {
  if (differences.length === 0 || !differences.every(({ what }) => ofLabel.test(what))) return undefined;
  const shown = differences.slice(0, mostNamed);
  const left = differences.length - shown.length;
  const pairs = shown.map(({ a, b }) => `"${a}" where this config now makes "${b}"`);
  const keys = shown.map(({ a }) => `label: ${yamlWord(String(a))}`);
  const [noun, where] = differences.length === 1 ? ['label', 'that scheme'] : ['labels', 'those schemes'];
  return `has the ${noun} ${pairs.join(', ')}${left > 0 ? ` and ${left} more` : ''}; set ${keys.join(', ')} in ${where}`;
}

/** A text as a value in YAML, in a list too. */
function yamlWord(text: string): string {
  return /^[A-Za-z][\w .()/-]*$/.test(text) && !/^(true|false|null|yes|no|on|off)$/i.test(text) && text === text.trim()
    ? text
    : JSON.stringify(text);
}
