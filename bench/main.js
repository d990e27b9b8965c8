// Every benchmark, one after the other, or those named: npm run bench -- finite-field
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const all = ['codecs', 'external', 'finite-field', 'kriging', 'overhead', 'peers', 'queue', 'serving', 'workers'];
const named = process.argv.slice(2);
const unknown = named.find((name) => !all.includes(name));
if (unknown) {
  console.error(`no benchmark ${unknown}; there are ${all.join(', ')}`);
  process.exit(2);
}
for (const name of named.length > 0 ? named : all) {
  console.log(`\n${name}`);
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL(`${name}.js`, import.meta.url))], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
