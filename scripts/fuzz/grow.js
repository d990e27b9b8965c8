// Grows configs from the JSON Schema: every key that a config can have is tried, also those that no packaged config has.

/** Texts of a string without a pattern: names of registries, files, quantities. */
const words = [
  ...[
    'lenet5-mnist',
    'resnet20-cifar10',
    'mnist',
    'cifar10',
    'uniform',
    'contiguous',
    'none',
    'path',
    'bacc',
    'own.npy',
  ],
  ...['x.npy', '10ms', '20s', 'p90', '5%', '1%', '0.01', 'http://127.0.0.1:1/v2/models/m', 'a label', 'constructor'],
];

/** Patterns of strings, with a text that fits. @type {readonly (readonly [RegExp, string])[]} */
const fitting = [
  [/npy/, 'own.npy'],
  [/%/, '5%'],
  [/./, 'grown'],
];

/**
 * A grower over the branches of `configs/schema.json`.
 * @param {{ allOf: { if: object, then: any }[] }} schema
 * @param {readonly string[]} nasty values in YAML that have broken programs before
 */
export function grower(schema, nasty) {
  const roots = schema.allOf.map(({ then }) => then);
  const keys = new Map();
  for (const root of roots) collect(root, keys);
  const entries = [...keys];

  return {
    /** A config of some kind, most of whose values are as the schema wants them. */
    config(random) {
      const root = roots[random.integer(roots.length)];
      const depth = 1 + random.integer(6);
      const lines = entriesOf(root, random, depth).map(([key, value]) => `${key}: ${value}`);
      return `${lines.join('\n')}\n`;
    },
    /** A config with one or two of its top-level keys grown anew, or added: the rest lets it come far. */
    graft(text, random) {
      const kind = /^kind: *(\S+)/m.exec(text)?.[1] ?? 'inference';
      const root = roots.find(({ properties }) => [properties.kind.const, properties.kind.enum].flat().includes(kind));
      const names = Object.keys(root.properties);
      let grafted = text;
      for (let more = 1 + random.integer(2); more > 0; more--) {
        const key = names[random.integer(names.length)];
        const line = `${key}: ${grow(root.properties[key], random, 5)}\n`;
        const block = new RegExp(`^${key}:.*\\n(?:[ #-].*\\n)*`, 'm');
        grafted = block.test(grafted) ? grafted.replace(block, () => line) : `${grafted}${line}`;
      }
      return grafted;
    },
    /** A key of any schema with a value for it. */
    entry(random) {
      const [key, schemas] = entries[random.integer(entries.length)];
      return `${key}: ${grow(schemas[random.integer(schemas.length)], random, 3)}`;
    },
  };

  /** @returns {string} YAML in one line */
  function grow(schema, random, depth) {
    if (random.integer(25) === 0) return nasty[random.integer(nasty.length)];
    if (schema.const !== undefined) return JSON.stringify(schema.const);
    if (schema.enum) return JSON.stringify(schema.enum[random.integer(schema.enum.length)]);
    const alternatives = schema.anyOf ?? schema.oneOf;
    if (alternatives) return grow(alternatives[random.integer(alternatives.length)], random, depth);
    switch (schema.type) {
      case 'object':
        return `{${entriesOf(schema, random, depth - 1)
          .map(([key, value]) => `${key}: ${value}`)
          .join(', ')}}`;
      case 'array': {
        const fixed = schema.prefixItems ?? [];
        const least = schema.minItems ?? 0;
        const count = schema.prefixItems ? fixed.length : least + random.integer(3);
        const items = Array.from({ length: count }, (_, i) => grow(fixed[i] ?? schema.items ?? {}, random, depth - 1));
        return `[${items.join(', ')}]`;
      }
      case 'integer':
        return String(Math.round(numberOf(schema, random)));
      case 'number':
        return String(numberOf(schema, random));
      case 'boolean':
        return random.integer(2) ? 'true' : 'false';
      case 'string': {
        const found = schema.pattern && fitting.find(([pattern]) => pattern.test(schema.pattern));
        return JSON.stringify(found ? found[1] : words[random.integer(words.length)]);
      }
      default:
        return nasty[random.integer(nasty.length)];
    }
  }

  function entriesOf(schema, random, depth) {
    const required = new Set(schema.required ?? []);
    const named = Object.entries(schema.properties ?? {}).filter(
      ([key, { default: usual }]) =>
        (required.has(key) && (usual === undefined || random.integer(4) > 0)) || (depth > 0 && random.integer(4) === 0),
    );
    const own = named.map(([key, value]) => [key, grow(value, random, depth)]);
    if (!schema.properties && typeof schema.additionalProperties === 'object')
      own.push([JSON.stringify(words[random.integer(words.length)]), grow(schema.additionalProperties, random, depth)]);
    return own;
  }
}

/** Small as a rule, at a limit or far beyond any now and then. */
function numberOf({ minimum, maximum, exclusiveMinimum }, random) {
  const low = Math.max(minimum ?? exclusiveMinimum ?? 0, -1e6);
  const far = [low, maximum ?? 1e300, minimum ?? -1e300, 1e12, 1e9, 1e6];
  const chance = random.integer(12);
  if (chance === 0) return far[random.integer(far.length)];
  if (chance < 4) return low + random.uniform();
  return low + 1 + random.integer(12);
}

/** Gathers the schemas of each key. */
function collect(schema, keys) {
  if (typeof schema !== 'object' || schema === null) return;
  for (const [key, value] of Object.entries(schema.properties ?? {})) {
    if (!keys.has(key)) keys.set(key, []);
    keys.get(key).push(value);
    collect(value, keys);
  }
  for (const part of ['anyOf', 'oneOf', 'allOf', 'prefixItems'])
    for (const each of schema[part] ?? []) collect(each, keys);
  for (const part of ['items', 'additionalProperties']) collect(schema[part], keys);
}
