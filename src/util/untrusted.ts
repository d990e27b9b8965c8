/** A text out of a file for a message: no line breaks or terminal codes, and not more than `most` characters of it. */
export function quotable(text: string, most = 300): string {
  const line = text.replace(/\p{Cc}/gu, '?');
  return line.length > most ? `${line.slice(0, most)}…` : line;
}

/**
 * Parses JSON of a file that nobody vouches for. The depth is counted first: `JSON.parse` takes seconds for millions of
 * brackets, and what walks through its result may run out of stack.
 * @param deepest levels of lists and objects that may lie in each other
 * @throws Error, in one line, when it is no JSON or nested deeper
 */
export function parseJson(bytes: Uint8Array, deepest: number): unknown {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (inText) {
      if (byte === 0x5c)
        at++; // a backslash
      else if (byte === 0x22) inText = false;
    } else if (byte === 0x22) inText = true;
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > deepest) throw new Error(`it is nested more than ${deepest} levels deep`);
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new Error(`it is not JSON: ${quotable((error as Error).message)}`);
  }
}
