import * as z from 'zod';
import { schemes } from '../../dist/codecs/registry.js';
import { entrySchema } from '../../dist/coded/entries.js';
import { allKinds } from '../../dist/kinds/registry.js';
import { trainingSchemes as trained } from '../../dist/kinds/training/schemes.js';
import { plain, table } from './markdown.js';
import { keyRows } from './schema-rows.js';

const columns = ['key', 'value', 'default', 'meaning'];
const cells = ({ key, value, usual, meaning }) => [`\`${key}\``, value, usual, plain(meaning)];

/** The keys of a kind of config. */
export async function configKeys({ kind: name }) {
  const kind = (await allKinds()).find((each) => each.name === name);
  if (!kind) throw new Error(`no kind ${name}`);
  // the options of schemes have a page of their own
  const rows = keyRows(kind.jsonSchema()).filter(({ key }) => !key.startsWith('schemes.'));
  return table(
    columns,
    rows.map((row) =>
      cells(
        row.key === 'schemes' ? { ...row, value: 'list', meaning: 'what is compared: [schemes](schemes.md)' } : row,
      ),
    ),
  );
}

const optionRows = (options) => keyRows(z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' }));

/** Every scheme of coded inference with its options. */
export function schemeOptions() {
  return schemes.entries
    .map(({ name, summary, options, workersFormula, label }) => {
      const rows = optionRows(options);
      return [
        `### ${name}`,
        `${sentence(summary)} In tables: ${label(options.parse({}))}. Fewest workers: ${workersFormula}.`,
        ...(rows.length > 0 ? [table(columns, rows.map(cells))] : []),
      ].join('\n\n');
    })
    .join('\n\n');
}

/** The options that combine with every scheme of coded inference. */
export function sharedOptions() {
  return table(columns, optionRows(entrySchema).map(cells));
}

/** The schemes of `kind: training`. */
export function trainingSchemes() {
  return trained.entries
    .map(({ name, summary, options }) => {
      const rows = optionRows(options).filter(({ key }) => key !== 'label');
      return [`### ${name}`, sentence(summary), ...(rows.length > 0 ? [table(columns, rows.map(cells))] : [])].join(
        '\n\n',
      );
    })
    .join('\n\n');
}

const sentence = (text) => `${text[0].toUpperCase()}${plain(text.slice(1))}.`;
