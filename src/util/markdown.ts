/** Text that a renderer of Markdown shows as it is, in a cell of a table too. */
export function escapeMarkdown(text: string): string {
  return escapeHtml(text).replace(/[|\\]/g, '\\$&');
}

/** Text that a renderer of Markdown takes for no HTML; for lines that people also read as they are. */
export function escapeHtml(text: string): string {
  return text.replace(/&(?=[#\w]+;)/g, '&amp;').replace(/</g, '&lt;');
}

/** A row of a pipe table, whatever its cells hold. */
export function markdownRow(cells: readonly (string | number)[]): string {
  return `| ${cells.map((cell) => escapeMarkdown(String(cell))).join(' | ')} |`;
}
