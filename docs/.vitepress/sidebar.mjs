import { readdirSync, readFileSync } from 'node:fs';

const docs = new URL('../', import.meta.url);

/** The title of a page: its first heading. */
function title(file) {
  return /^# (.+)$/m.exec(readFileSync(new URL(file, docs), 'utf8'))?.[1] ?? file;
}

/** The pages of a folder, the named ones first and in this order, then the others by title. */
function section(text, folder, first = []) {
  const names = readdirSync(new URL(`${folder}/`, docs))
    .filter((name) => name.endsWith('.md'))
    .map((name) => name.slice(0, -3));
  const others = names.filter((name) => !first.includes(name));
  const items = [...first, ...others.sort()].map((name) => ({
    text: title(`${folder}/${name}.md`),
    link: name === 'index' ? `/${folder}/` : `/${folder}/${name}`,
  }));
  return { text, items };
}

/** What stands at the left of every page. A new page of a folder appears here by itself. */
export const sidebar = [
  section('Start', 'start', ['coded-inference', 'first-result', 'reading-results']),
  section('Tutorials', 'tutorials', ['paper-table', 'own-model', 'choosing-lambda', 'ci-gate', 'own-method']),
  { ...section('How-to', 'how-to', ['index']), collapsed: true },
  { ...section('Findings', 'findings', ['index']), collapsed: true },
  section('Gallery', 'gallery', ['index']),
  section('Reference', 'reference', ['command-line', 'config', 'schemes', 'models-and-data', 'files', 'library']),
  section('Explanation', 'explanation', ['schemes', 'fairness', 'statistics']),
  {
    text: 'More',
    items: [
      { text: 'Glossary', link: '/glossary' },
      { text: 'Validation notes', link: '/validation' },
    ],
  },
];
