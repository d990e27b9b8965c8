import { readdirSync, readFileSync } from 'node:fs';

const docs = new URL('../../docs/', import.meta.url);

/** The pages of a folder of docs/ as a list of links, by title: a page that is added appears by itself. */
export function pageList({ folder }) {
  return readdirSync(new URL(`${folder}/`, docs))
    .filter((name) => name.endsWith('.md') && name !== 'index.md')
    .map((name) => {
      const text = readFileSync(new URL(`${folder}/${name}`, docs), 'utf8');
      return { name, title: /^# (.+)$/m.exec(text)?.[1] ?? name };
    })
    .sort((a, b) => (a.title < b.title ? -1 : 1))
    .map(({ name, title }) => `- [${title}](${name})`)
    .join('\n');
}
