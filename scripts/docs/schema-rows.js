/**
 * A JSON Schema as rows of a table for people: one row a key, nested keys with dots.
 * @typedef {{ key: string, value: string, usual: string, meaning: string }} Row
 */

/** What may stand for a count: written once at the head of the page, not in every row. */
const isList = (schema) => {
  const keys = Object.keys(schema.properties ?? {});
  return keys.includes('logspace') || keys.join() === 'from,to,step';
};

/** The kinds of values in words. */
export function valueText(schema) {
  if (schema.const !== undefined) return JSON.stringify(schema.const).replaceAll('"', '`');
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) {
    if (alternatives.some(isList)) return `${valueText(alternatives[0])}, or several`;
    const [one, many] = alternatives;
    if (alternatives.length === 2 && many.type === 'array' && JSON.stringify(many.items) === JSON.stringify(one)) {
      return `${valueText(one)}, or a list`;
    }
    return [...new Set(alternatives.map(valueText))].join(' or ');
  }
  switch (schema.type) {
    case 'array':
      if (schema.prefixItems) return `[${schema.prefixItems.map(valueText).join(', ')}]`;
      return schema.items && Object.keys(schema.items).length > 0 ? `list of ${valueText(schema.items)}` : 'list';
    case 'object':
      return schema.properties ? `\`{${Object.keys(schema.properties).join(', ')}}\`` : 'map';
    case 'integer':
      return `whole number${bounds(schema)}`;
    case 'number':
      return `number${bounds(schema)}`;
    case 'boolean':
      return '`true`, `false`';
    case 'string':
      return 'text';
    default:
      return 'any';
  }
}

function bounds({ minimum, maximum, exclusiveMinimum }) {
  const low = minimum > Number.MIN_SAFE_INTEGER ? ` ≥ ${minimum}` : '';
  const above = exclusiveMinimum !== undefined && minimum === undefined ? ` > ${exclusiveMinimum}` : '';
  const high = maximum < Number.MAX_SAFE_INTEGER ? ` ≤ ${maximum}` : '';
  return low + above + high;
}

/** Objects inside a value whose keys deserve rows of their own, with the path to them. */
function inner(schema) {
  if (schema.type === 'object' && schema.properties && !isList(schema)) return [schema];
  if (schema.type === 'array' && schema.items) return inner(schema.items);
  return (schema.anyOf ?? schema.oneOf ?? []).flatMap(inner);
}

/**
 * @param schema of an object
 * @returns {Row[]} its keys in order, each followed by those inside it
 */
export function keyRows(schema, prefix = '') {
  return Object.entries(schema.properties).flatMap(([name, value]) => {
    const key = `${prefix}${name}`;
    const required = (schema.required ?? []).includes(name) && value.default === undefined;
    const row = {
      key,
      value: valueText(value),
      usual: value.default === undefined ? (required ? 'required' : '') : `\`${compact(value.default)}\``,
      meaning: value.description ?? '',
    };
    const seen = new Set();
    const below = inner(value)
      .flatMap((object) => keyRows(object, `${key}.`))
      .filter(({ key: path, meaning }) => meaning && !seen.has(path) && seen.add(path));
    return [row, ...below];
  });
}

/** A default as YAML writes it in one line. */
function compact(value) {
  if (Array.isArray(value)) return `[${value.map(compact).join(', ')}]`;
  if (value && typeof value === 'object')
    return `{${Object.entries(value)
      .map(([key, entry]) => `${key}: ${compact(entry)}`)
      .join(', ')}}`;
  return String(value);
}
