/** Characters that steer a terminal or turn the direction of writing; line ends and tabs do not count. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const steering = /[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Text that is safe to print: characters that steer a terminal are written as `\u001b`, which JSON reads as the same. */
export function visible(text: string): string {
  return text.replace(steering, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** One line that is safe to print: as `visible`, line ends as `\n`, the middle left out of one longer than `limit`. */
export function oneLine(text: string, limit = 500): string {
  const line = visible(text.trim()).replaceAll('\n', '\\n');
  if (line.length <= limit) return line;
  const head = line.slice(0, Math.round(0.6 * limit));
  const tail = line.slice(-Math.round(0.3 * limit));
  return `${head} … (${line.length - head.length - tail.length} characters) … ${tail}`;
}
