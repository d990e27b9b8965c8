// Writes configs/schema.json, the JSON Schema of a config for editors, from the schemas the program validates with.
import { writeFileSync } from 'node:fs';
import { fullJsonSchema } from '../dist/cli/schema.js';

writeFileSync(
  new URL('../configs/schema.json', import.meta.url),
  `${JSON.stringify(await fullJsonSchema(), null, 2)}\n`,
);
