import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { allPages, root } from './pages.ts';

/** As docs/.vitepress/slug.mjs and GitHub: lower case, punctuation dropped, blanks to hyphens. */
function slug(heading: string): string {
  const text = heading.replaceAll('`', '').trim().toLowerCase();
  return text.replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '').replaceAll(' ', '-');
}

function anchors(text: string): Set<string> {
  return new Set([...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) => slug(heading!)));
}

const pages = allPages();

describe('links of the docs', () => {
  it.each(pages)('lead to pages and headings that are there: $file', ({ file, prose }) => {
    const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
    const dead = targets.filter((target) => {
      if (/^(https?:|mailto:)/.test(target)) return false;
      const [place = '', anchor] = target.split('#');
      const full = place === '' ? path.join(root, file) : path.join(root, path.dirname(file), place);
      if (!existsSync(full)) return true;
      // the site has the pages of docs/ and nothing else
      if (file.startsWith('docs/') && !full.startsWith(path.join(root, 'docs'))) return true;
      return anchor !== undefined && !anchors(readFileSync(full, 'utf8').replace(/^```[\s\S]*?^```/gm, '')).has(anchor);
    });
    expect(dead).toEqual([]);
  });

  it('have a way to every page: each is linked from another one', () => {
    const linked = new Set(
      pages.flatMap(({ file, prose }) =>
        [...prose.matchAll(/\]\(([^)#\s]+\.md)/g)].map(([, target]) =>
          path.posix.join(path.posix.dirname(file), target!),
        ),
      ),
    );
    const alone = pages.map(({ file }) => file).filter((file) => file.startsWith('docs/') && !linked.has(file));
    expect(alone).toEqual([]);
  });

  it('findings stay short: 600 words beside their tables', () => {
    const long = pages
      .filter(({ file }) => file.startsWith('docs/findings/'))
      .map(({ file, prose }) => {
        const words = prose.replace(/<!-- made[\s\S]*?<!-- \/made -->/g, '').replace(/^\|.*$/gm, '');
        return { file, words: words.split(/\s+/).length };
      })
      .filter(({ words }) => words > 600);
    expect(long).toEqual([]);
  });
});
