import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { fullJsonSchema } from '../../src/cli/schema.ts';
import { readConfig } from '../../src/config/load.ts';
import { parseExperiment } from '../../src/kinds/inference/config.ts';
import { parseSamples } from '../../src/kinds/samples/config.ts';

const configs = fileURLToPath(new URL('../../configs/', import.meta.url));

test('configs/schema.json is what the program validates with (npm run schema writes it)', () => {
  const committed = JSON.parse(readFileSync(path.join(configs, 'schema.json'), 'utf8'));
  expect(committed).toEqual(JSON.parse(JSON.stringify(fullJsonSchema())));
});

const files = readdirSync(configs, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'));

test.each(files)('%s is valid and begins with the claim it tests', (file) => {
  const text = readFileSync(path.join(configs, file), 'utf8');
  expect(text.split('\n')[0]).toMatch(/^# /);
  const { data } = readConfig(path.join(configs, file));
  if (data.kind === undefined || data.kind === 'inference') parseExperiment(data);
  if (data.kind === 'samples') parseSamples(data);
});
