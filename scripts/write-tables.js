// Writes the tables of the docs that are made from references: what stands between `<!-- table: NAME -->` and `<!-- /table -->` in a
// Markdown file below docs/ is replaced by what `tables` says of NAME.
// node scripts/write-tables.js            writes
// node scripts/write-tables.js --check    fails on a table that its references do not give, and changes nothing
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { byzantineTables } from './tables/byzantine.js';
import { coverageTables } from './tables/coverage.js';
import { krigingTables } from './tables/kriging.js';
import { nerccTables } from './tables/nercc.js';

/** @type {Record<string, () => string>} */
const tables = { ...nerccTables, ...byzantineTables, ...coverageTables, ...krigingTables };

const docs = fileURLToPath(new URL('../docs', import.meta.url));
const check = process.argv.includes('--check');
let stale = 0;
let count = 0;

for (const name of readdirSync(docs, { recursive: true, encoding: 'utf8' })) {
  if (!name.endsWith('.md')) continue;
  const file = path.join(docs, name);
  const text = readFileSync(file, 'utf8');
  const opened = text.match(/<!-- table: /g)?.length ?? 0;
  let closed = 0;
  const made = text.replace(/<!-- table: ([\w-]+) -->\n[\s\S]*?<!-- \/table -->/g, (_, /** @type {string} */ table) => {
    const make = tables[table];
    if (!make) throw new Error(`${file}: no table is called ${table}; there are ${Object.keys(tables).join(', ')}`);
    closed++;
    return `<!-- table: ${table} -->\n\n${make()}\n\n<!-- /table -->`;
  });
  if (opened !== closed) throw new Error(`${file}: ${opened} tables begin and ${closed} end`);
  count += closed;
  if (made === text) continue;
  stale++;
  if (check) console.error(`${file}: a table is not what its references give; run node scripts/write-tables.js`);
  else writeFileSync(file, made);
}
console.log(`${count} tables, ${stale} files ${check ? 'stale' : 'written'}`);
if (check && stale > 0) process.exitCode = 1;
