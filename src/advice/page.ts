import { escapeHtml, plainTable, section } from '../figures/report/html.ts';
import { style } from '../figures/report/style.ts';
import type { Candidate } from './candidates.ts';
import type { Advice } from './choose.ts';
import { adviceNotes, adviceTable, type Question, questionText, verdictLines } from './text.ts';

/** What a scheme assumes is a sentence, and which trials count may be one: on a line they would be wider than the page. */
const ownStyle =
  '#schemes td:nth-child(6), #schemes td:last-child { white-space: normal; } #schemes td:last-child { min-width: 12rem; }\n';

/**
 * The answer as one HTML page without scripts.
 * @param runs folders of the sweep beside the page, one an N
 */
export function advicePage(
  question: Question,
  advice: Advice,
  candidates: readonly Candidate[],
  runs: readonly string[],
): string {
  const { header, rows } = adviceTable(question, advice, candidates);
  const paragraphs = (lines: readonly string[]) => lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('\n');
  const links = runs.map((run) => {
    const folder = escapeHtml(encodeURI(run));
    return `<li><a href="${folder}/table.md">${escapeHtml(run)}</a></li>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Which scheme to use</title>
<style>${style}${ownStyle}</style>
</head>
<body>
<header><h1>Which scheme to use</h1><p class="subject">${escapeHtml(questionText(question))}</p></header>
<main>
${section('answer', 'Answer', paragraphs(verdictLines(question, advice)))}
${section('schemes', 'Schemes', `${plainTable('what was tried', header, rows)}\n<p class="note">${escapeHtml(adviceNotes(question).join(' '))}</p>`)}
${section('runs', 'Runs', `<p class="note">Each is an ordinary run: approxifer report &lt;folder&gt; draws it.</p>\n<ul class="files">${links.join('')}</ul>`)}
</main>
</body>
</html>
`;
}
