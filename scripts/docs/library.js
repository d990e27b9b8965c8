import { fileURLToPath } from 'node:url';
import { Application, ReflectionKind } from 'typedoc';
import { table } from './markdown.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * The first paragraph of a doc comment in one line.
 * @param {import('typedoc').DeclarationReflection} reflection
 */
function summary({ comment, signatures }) {
  const parts = (comment ?? signatures?.[0]?.comment)?.summary ?? [];
  return parts
    .map(({ text }) => text)
    .join('')
    .split(/\n\s*\n/)[0]
    .replace(/\s+/g, ' ')
    .trim();
}

/** @param {import('typedoc').DeclarationReflection} reflection */
function parameters({ signatures }) {
  return `(${(signatures?.[0]?.parameters ?? []).map(({ name }) => (name === '__namedParameters' ? '{…}' : name)).join(', ')})`;
}

/** The functions, types and classes that the package exports, each with the first words of its doc comment. */
export async function libraryExports() {
  const app = await Application.bootstrap({
    entryPoints: [`${root}src/index.ts`],
    tsconfig: `${root}tsconfig.build.json`,
    logLevel: 'Error',
    disableSources: true,
    skipErrorChecking: true,
  });
  const project = await app.convert();
  if (!project) throw new Error('TypeDoc found no exports');
  /** @type {[title: string, kinds: ReflectionKind[]][]} */
  const groups = [
    ['Functions', [ReflectionKind.Function, ReflectionKind.Variable]],
    ['Types', [ReflectionKind.Interface, ReflectionKind.TypeAlias]],
    ['Errors', [ReflectionKind.Class]],
  ];
  return groups
    .map(([title, kinds]) => {
      const rows = (project.children ?? [])
        .filter(({ kind }) => kinds.includes(kind))
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map((each) => [
          `\`${each.name}${each.kind === ReflectionKind.Function ? parameters(each) : ''}\``,
          summary(each),
        ]);
      return `### ${title}\n\n${table(['export', 'what it is'], rows)}`;
    })
    .join('\n\n');
}
