/**
 * Compiles the LaTeX tables of runs in two documents of our own, one with columns of 3.5 in and one of a single column of
 * 5.5 in, and says which table leaves its column.
 *
 *   node scripts/check-latex.js [RUN …]      (default: all committed references)
 *
 * Needs `npm run build` and pdflatex (Debian: texlive-latex-base, texlive-latex-recommended).
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @type {Readonly<Record<string, { options: string, lengths: string }>>} */
const layouts = {
  'two columns of 3.5 in': {
    options: '10pt,twocolumn',
    lengths: '\\setlength{\\textwidth}{7.16in}\\setlength{\\columnsep}{0.16in}\\setlength{\\oddsidemargin}{-0.3in}',
  },
  'one column of 5.5 in': { options: '10pt', lengths: '\\setlength{\\textwidth}{5.5in}' },
};

/** @param {{ options: string, lengths: string }} layout @param {string} table */
function documentText({ options, lengths }, table) {
  return `\\documentclass[${options}]{article}\n\\usepackage{booktabs}\n${lengths}\n\\begin{document}\nText.\n${table}\n\\end{document}\n`;
}

/** @param {string} run @param {string[]} flags */
function latexTable(run, flags) {
  const command = [path.join(root, 'bin/approxifer.js'), 'table', run, '--format', 'latex', ...flags];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  if (status === 0) return stdout;
  if (/kind: samples/.test(stderr)) return undefined;
  throw new Error(stderr);
}

const named = process.argv.slice(2);
const references = path.join(root, 'results/reference');
const runs = named.length > 0 ? named : readdirSync(references).map((name) => path.join(references, name));
const folder = mkdtempSync(path.join(tmpdir(), 'latex-'));
let faults = 0;
try {
  for (const run of runs) {
    for (const flags of [[], ['--with-published', '--best', 'bold', '--label', 'tab:one']]) {
      const table = latexTable(run, flags);
      if (table === undefined) continue;
      for (const [name, layout] of Object.entries(layouts)) {
        writeFileSync(path.join(folder, 'paper.tex'), documentText(layout, table));
        const { status, stdout, error } = spawnSync('pdflatex', ['-interaction=nonstopmode', 'paper.tex'], {
          cwd: folder,
          encoding: 'utf8',
        });
        if (error) throw new Error('pdflatex is not there: install texlive-latex-base and texlive-latex-recommended');
        const wrong = stdout.split('\n').filter((line) => /^(Overfull|! )/.test(line));
        if (status !== 0 && wrong.length === 0) wrong.push(`pdflatex ended with ${status}`);
        for (const line of wrong) console.log(`${path.basename(run)} ${flags.join(' ')}, ${name}: ${line}`);
        faults += wrong.length;
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(faults === 0 ? `${runs.length} runs: every table stays in its column` : `${faults} faults`);
process.exitCode = faults === 0 ? 0 : 1;
