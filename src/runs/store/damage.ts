/** What people are told of damaged files: a store names them one by one, and a run says them in one line. */

const opening = 'warning: ';
const closing = 'what cannot be read of it is computed again; "approxifer store verify" removes the damage';
const ofOne = ` is damaged; ${closing}`;

export function damageRemark(file: string): string {
  return `${opening}${file}${ofOne}`;
}

/** The file of a line that `damageRemark` made. */
export function damagedFile(line: string): string | undefined {
  return line.startsWith(opening) && line.endsWith(ofOne) ? line.slice(opening.length, -ofOne.length) : undefined;
}

/** One line for all of them; undefined for none. */
export function damageLine(files: readonly string[]): string | undefined {
  const [first] = files;
  if (first === undefined || files.length === 1) return first && damageRemark(first);
  return `${opening}${files.length} files of the store of answers are damaged, the first ${first}; ${closing.replace(' of it', ' of them')}`;
}
