import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** A Markdown page of the repository. */
export interface Page {
  /** Below the root, with `/`. */
  readonly file: string;
  readonly text: string;
  /** Without its blocks of code. */
  readonly prose: string;
}

const atTop = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'];

/** Every page a reader sees: those of docs/ and those at the top. */
export function allPages(): Page[] {
  const inDocs = readdirSync(`${root}docs`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md') && !file.startsWith('.vitepress'))
    .map((file) => `docs/${file.replaceAll('\\', '/')}`);
  return [...atTop, ...inDocs.sort()].map((file) => {
    const text = readFileSync(`${root}${file}`, 'utf8');
    return { file, text, prose: text.replace(/^```[\s\S]*?^```/gm, '') };
  });
}

/** The blocks of one language. */
export function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, block]) => block!);
}
