import { allKinds, defaultKind, kindNames } from '../kinds/registry.ts';
import { groupBy } from '../util/group.ts';

/** The JSON Schema of every kind of config, for editors: `configs/schema.json`. Kinds with one schema share it. */
export async function fullJsonSchema(): Promise<Record<string, unknown>> {
  const kinds = (await allKinds()).map((kind) => {
    const { $schema: _, ...schema } = kind.jsonSchema();
    return { name: kind.name, schema };
  });
  const branches = [...groupBy(kinds, ({ schema }) => JSON.stringify(schema)).values()].map((alike) => {
    const names = alike.map(({ name }) => name);
    return {
      if: { properties: { kind: { enum: names } }, ...(!names.includes(defaultKind) && { required: ['kind'] }) },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: alike[0]!.schema,
    };
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'approxifer experiment',
    type: 'object',
    properties: { kind: { enum: kindNames, default: defaultKind } },
    allOf: branches,
  };
}
