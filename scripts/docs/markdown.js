/** A Markdown table. Bars in cells are escaped; all else is Markdown already. */
export function table(header, rows) {
  const line = (cells) =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(header), `|${'---|'.repeat(header.length)}`, ...rows.map(line)].join('\n');
}

/** Text that came from the program, where a page would take `<…>` or `{{…}}` for markup. */
export function plain(text) {
  return text.replace(/</g, '&lt;').replace(/\{\{/g, '{ {');
}
