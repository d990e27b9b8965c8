import { readdirSync, readFileSync } from 'node:fs';

const configs = new URL('../../configs/', import.meta.url);

/** @param {string} run the name of a run or a reference @returns the packaged config that makes it, such as `table1/lenet5.yaml` */
export function configOf(run) {
  const files = readdirSync(configs, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'));
  const found = files.find((file) => readFileSync(new URL(file, configs), 'utf8').includes(`\nname: ${run}\n`));
  if (found === undefined) throw new Error(`no packaged config has the name ${run}`);
  return found.replaceAll('\\', '/');
}
