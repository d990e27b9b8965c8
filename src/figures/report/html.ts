/** Pieces of HTML that the parts of the report share. Whatever a run named is escaped here and nowhere else. */

export function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => entities[character]!);
}

/** @param id what the table of contents points to */
export function section(id: string, title: string, content: string): string {
  return `<section id="${id}" aria-labelledby="${id}-title">\n<h2 id="${id}-title">${escapeHtml(title)}</h2>\n${content}\n</section>`;
}

/** What may be wider than the page: it scrolls by itself, with the keyboard too. A group: landmarks are the sections alone. */
export function wide(label: string, content: string): string {
  return `<div class="wide" role="group" aria-label="${escapeHtml(label)}" tabindex="0">${content}</div>`;
}

/** A cell that names its row; where there is nothing to name it with, an ordinary one. */
export function rowHead(text: string): string {
  return text === '' ? '<td></td>' : `<th scope="row">${escapeHtml(text)}</th>`;
}

/** A table of text: the first `heads` cells of a row name it. */
export function plainTable(
  caption: string,
  header: readonly string[],
  rows: readonly (readonly string[])[],
  heads = 1,
): string {
  const head = header.map((text) => `<th scope="col">${escapeHtml(text)}</th>`).join('');
  const body = rows.map((cells) => {
    const texts = cells.map((text, i) => (i < heads ? rowHead(text) : `<td>${escapeHtml(text)}</td>`));
    return `<tr>${texts.join('')}</tr>`;
  });
  return wide(
    caption,
    `<table><caption>${escapeHtml(caption)}</caption><thead><tr>${head}</tr></thead>\n<tbody>${body.join('\n')}</tbody></table>`,
  );
}

/** Data for the page's script: JSON in which nothing ends the element. */
export function dataElement(id: string, value: unknown): string {
  return `<script type="application/json" id="${id}">${JSON.stringify(value).replaceAll('<', '\\u003c')}</script>`;
}

/** What is of use with scripts only: hidden until they run. */
export function interactive(id: string, content: string): string {
  return `<div id="${id}" class="interactive" hidden>${content}</div>`;
}
