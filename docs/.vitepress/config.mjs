import { katex } from '@mdit/plugin-katex';
import { defineConfig } from 'vitepress';
import { sidebar } from './sidebar.mjs';
import { slug } from './slug.mjs';

export default defineConfig({
  title: 'approxifer',
  description: 'Run, compare and check coded-inference schemes',
  lang: 'en',
  // the folder of a GitHub project page; set DOCS_BASE=/<repository>/ there
  base: process.env.DOCS_BASE ?? '/',
  cleanUrls: false,
  lastUpdated: false,
  // made by TypeDoc beside the pages
  ignoreDeadLinks: [/^\/api\//],
  markdown: {
    anchor: { slugify: slug },
    config: (md) => {
      md.use(katex);
      // as in fenced code: `${{ matrix.part }}` is text, not an expression of the page
      md.renderer.rules.code_inline = (tokens, i, _options, _env, self) =>
        `<code v-pre${self.renderAttrs(tokens[i])}>${md.utils.escapeHtml(tokens[i].content)}</code>`;
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: { level: [2, 3] },
    nav: [
      { text: 'Start', link: '/start/coded-inference' },
      { text: 'Tutorials', link: '/tutorials/paper-table' },
      { text: 'How-to', link: '/how-to/' },
      { text: 'Findings', link: '/findings/' },
      { text: 'Gallery', link: '/gallery/' },
      { text: 'Reference', link: '/reference/command-line' },
      { text: 'API', link: '/api/index.html', target: '_self' },
    ],
    sidebar,
    footer: { message: 'MIT licence' },
  },
});
