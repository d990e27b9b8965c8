// Reads the small results of a reference, and words that tables share.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';

/** @typedef {Record<string, string>} Row */
/** @typedef {'ratios.csv' | 'summary.csv' | 'optimum.csv'} SmallFile */
/** @typedef {{ ratio: number, low: number, high: number, carriedBy: number }} Interval */

const place = (/** @type {string} */ name, /** @type {string} */ file) =>
  fileURLToPath(new URL(`../../results/reference/${name}/${file}`, import.meta.url));

/** @returns {Row[] | undefined} undefined where the reference, or the file in it, is not there */
export function rowsOf(/** @type {string} */ name, /** @type {SmallFile} */ file) {
  const at = place(name, file);
  return existsSync(at) ? parse(readFileSync(at), { columns: true }) : undefined;
}

/** @returns {Interval} of a row of ratios.csv */
export function interval(/** @type {Row} */ row) {
  const number = (/** @type {string} */ key) => (row[key] === '' ? Number.NaN : Number(row[key]));
  return { ratio: number('ratio'), low: number('ci_low'), high: number('ci_high'), carriedBy: number('carried_by') };
}

/** What an interval of a ratio says of the claim that it is below 1. */
export function verdict(/** @type {Interval} */ { low, high }) {
  if (Number.isNaN(low)) return 'too few to tell';
  if (high < 1) return 'holds';
  return low > 1 ? 'does not hold' : 'undecided';
}

export const ratioText = (/** @type {Interval} */ { ratio, low, high }) =>
  Number.isNaN(low) ? ratio.toPrecision(3) : `${ratio.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
