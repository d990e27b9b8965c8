// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is read
const piece = /(\x1b\[([\d;?]*)([A-Za-z]))|([\r\n])|[^\x1b\r\n]+|\x1b./g;

/**
 * As much of a terminal as the output of approxifer needs: lines, carriage return, cursor up and to a column, erasing. Colours are
 * dropped.
 */
export class Terminal {
  /** @type {string[]} */
  lines = [''];
  row = 0;
  column = 0;

  /** @param {string} text as a program writes it to a terminal */
  write(text) {
    for (const [whole, , parameter, final, control] of text.matchAll(piece)) {
      if (control === '\r') this.column = 0;
      else if (control === '\n') this.#down();
      else if (final) this.#sequence(final, Number.parseInt(parameter, 10));
      else if (!whole.startsWith('\x1b')) this.#put(whole);
    }
  }

  #down() {
    this.row++;
    this.column = 0;
    while (this.lines.length <= this.row) this.lines.push('');
  }

  #put(text) {
    const line = (this.lines[this.row] ?? '').padEnd(this.column);
    this.lines[this.row] = line.slice(0, this.column) + text + line.slice(this.column + text.length);
    this.column += text.length;
  }

  #sequence(final, count) {
    const n = Number.isNaN(count) ? undefined : count;
    if (final === 'A') this.row = Math.max(0, this.row - (n ?? 1));
    if (final === 'G') this.column = (n ?? 1) - 1;
    if (final === 'K') this.lines[this.row] = n === 2 ? '' : (this.lines[this.row] ?? '').slice(0, this.column);
    if (final === 'J') this.lines.length = this.row + 1;
  }

  /** The last lines, without blanks at their ends. */
  screen(height) {
    return this.lines.slice(-height).map((line) => line.trimEnd());
  }
}
