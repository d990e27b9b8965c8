/**
 * The anchor of a heading as GitHub makes it, so that one link works there and on the site: lower case, punctuation dropped,
 * blanks to hyphens.
 */
export function slug(heading) {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
    .replace(/ /g, '-');
}
