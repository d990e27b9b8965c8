import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../util/errors.ts';
import { packageRoot } from '../util/folders.ts';
import { printJson, printTable } from './print.ts';

/** A member of a set as it is listed: a name, what it is, and what else is worth a column. */
interface Listed {
  readonly name: string;
  readonly summary: string;
  /** How a config writes it, or the options it takes. */
  readonly options?: string;
}

/**
 * What can be listed, each read from the table that the program itself works with.
 * @public scripts/docs fills the reference pages from it
 */
export const lists: Readonly<Record<string, () => Promise<readonly Listed[]>>> = {
  kinds: async () => {
    const { allKinds } = await import('../kinds/registry.ts');
    return (await allKinds()).map(({ name, summary }) => ({ name, summary }));
  },
  schemes: async () => {
    const [{ schemes }, z] = await Promise.all([import('../external/registry.ts'), import('zod')]);
    return schemes.entries.map(({ name, summary, options }) => {
      const { properties } = z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' });
      return {
        name,
        summary,
        options: Object.entries(properties ?? {})
          .map(optionText)
          .join('; '),
      };
    });
  },
  attacks: async () => {
    const { attacks } = await import('../workers/faults/attacks/registry.ts');
    return attacks.entries.map(({ name, summary, size }) => ({
      name,
      summary,
      options: size ? `${name}, {${name}: ${size.usual}} (${size.meaning})` : name,
    }));
  },
  stragglers: async () => {
    const { stragglers } = await import('../workers/faults/stragglers/registry.ts');
    return stragglers.entries.map(({ name, summary, written }) => ({ name, summary, options: written }));
  },
  latencies: async () => {
    const { latencies } = await import('../workers/latencies/registry.ts');
    return latencies.entries.map(({ name, summary, written }) => ({ name, summary, options: written }));
  },
  metrics: async () => {
    const { metrics } = await import('../metrics/table.ts');
    const better = { lower: 'lower is better', higher: 'higher is better', none: '' };
    const runs = {
      all: 'every run',
      systematic: 'runs of systematic schemes',
      parity: 'trainings of parity models',
      byzantine: 'runs with E > 0',
      noisy: 'runs with noise:',
    };
    return metrics.entries.map((metric) => ({
      name: metric.name,
      summary: metric.summary,
      options: [better[metric.better], runs[metric.runs]].filter(Boolean).join(', '),
    }));
  },
  formats: async () => {
    const { tableFormats } = await import('../tables/formats.ts');
    return tableFormats.entries.map(({ name, summary, file }) => ({ name, summary, ...(file && { options: file }) }));
  },
  functions: async () => {
    const [{ functions }, z] = await Promise.all([import('../models/functions/registry.ts'), import('zod')]);
    return functions.entries.map(({ name, summary, options }) => {
      const { properties = {} } = z.toJSONSchema(options, { io: 'input' });
      return {
        name,
        summary,
        options: Object.entries(properties)
          .filter(([key]) => key !== 'function')
          .map(optionText)
          .join('; '),
      };
    });
  },
  'lambda-rules': async () => {
    const { lambdaRules } = await import('../codecs/lambda-rules.ts');
    return lambdaRules.entries.map(({ name, summary }) => ({ name, summary, options: `lambda: {rule: ${name}}` }));
  },
  models: async () => {
    const { models } = await import('../models/registry.ts');
    return models.entries.map(({ name, summary, reference }) => ({ name, summary, options: reference.dataset }));
  },
  datasets: async () => {
    const { datasets } = await import('../datasets/registry.ts');
    return datasets.entries.map(({ name, summary, length }) => ({ name, summary, options: `${length} points` }));
  },
  configs: async () => packagedConfigs(),
  references: async () => packagedReferences(),
};

/** An option of a scheme and its values: `nodes: default | legacy`, the default first. */
function optionText([name, schema]: [string, unknown]): string {
  const { default: usual, type, enum: values } = schema as { default?: unknown; type?: unknown; enum?: unknown[] };
  const first = values && usual !== undefined ? [usual, ...values.filter((value) => value !== usual)] : values;
  const written = first?.join(' | ') ?? (usual === undefined ? type : JSON.stringify(usual));
  return written === undefined ? name : `${name}: ${written}`;
}

/** The configs that ship, by the name that `run` takes, with the claim that each tests. */
function packagedConfigs(): Listed[] {
  const folder = path.join(packageRoot, 'configs');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => {
      const comments = /^(?:#.*\n)*/.exec(readFileSync(path.join(folder, file), 'utf8'))![0];
      const text = comments.replace(/^# ?/gm, '').replace(/\s+/g, ' ');
      const claim = /Claims? tested: (.*)/.exec(text)?.[1] ?? text;
      return {
        name: file
          .replace(/\.yaml$/, '')
          .split(path.sep)
          .join('/'),
        summary: firstSentence(claim),
      };
    });
}

function firstSentence(text: string): string {
  return /^.*?[.](?= [A-Z]|$)/.exec(text.trim())?.[0] ?? text.trim();
}

/** The references that ship, for `check --against`. */
async function packagedReferences(): Promise<Listed[]> {
  const [{ readManifest }, { files }, { packagedReferences: folder }] = await Promise.all([
    import('../results/read.ts'),
    import('../results/schema.ts'),
    import('../results/references.ts'),
  ]);
  return readdirSync(folder)
    .filter((name) => existsSync(path.join(folder, name, files.manifest)))
    .sort()
    .map((name) => {
      const { trials, seed, digests } = readManifest(path.join(folder, name));
      const what = [...Object.keys(digests.models), ...Object.keys(digests.data)].join(', ');
      return { name, summary: `${trials} trials, seed ${seed}`, options: what };
    });
}

/** `approxifer list <what>`. */
export function registerList(program: Command): void {
  const known = Object.keys(lists).join(', ');
  program
    .command('list')
    .description('what a config can name, with what it is and its options')
    .argument('<what>', known)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  approxifer list schemes\n  approxifer list configs --json')
    .action(async (what: string, flags: { json?: boolean }) => {
      const list = Object.hasOwn(lists, what) ? lists[what] : undefined;
      if (!list) {
        const { unknownName } = await import('../util/registry.ts');
        throw new UserError(unknownName('list', what, Object.keys(lists)));
      }
      const rows = await list();
      if (flags.json) return printJson(rows);
      const hasOptions = rows.some(({ options }) => options);
      printTable(
        ['name', 'what', ...(hasOptions ? ['options'] : [])],
        rows.map(({ name, summary, options }) => [name, summary, ...(hasOptions ? [options ?? ''] : [])]),
      );
    });
}
