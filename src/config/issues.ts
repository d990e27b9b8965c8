import * as z from 'zod';
import { nearest, UserError } from '../util/errors.ts';
import { quoted } from '../util/text.ts';

/** A fault of a config, with the place it has in the document. */
export class ConfigIssue extends UserError {
  /** Keys and indices from the root of the document to the value at fault. */
  readonly path: readonly PropertyKey[];
  /** Set when the fault is the last key of `path` itself, not its value. */
  readonly atKey: boolean;
  constructor(path: readonly PropertyKey[], message: string, atKey = false) {
    super(message);
    this.path = path;
    this.atKey = atKey;
  }
}

/** Runs `action`; a `UserError` from it is of the value at `path`. */
export function faultOf<T>(path: readonly PropertyKey[], action: () => T): T {
  const attribute = (error: unknown): never => {
    throw error instanceof UserError && !(error instanceof ConfigIssue) ? new ConfigIssue(path, error.message) : error;
  };
  try {
    const result = action();
    return result instanceof Promise ? (result.catch(attribute) as T) : result;
  } catch (error) {
    return attribute(error);
  }
}

/**
 * Parses with a zod schema.
 * @param path where `value` stands in the document
 * @param otherKeys keys that are right here but belong to another schema: for the hint at an unknown key
 * @throws ConfigIssue for the first fault: what is wrong and what would be right
 */
export function parseWith<T>(
  schema: z.ZodType<T>,
  value: unknown,
  path: readonly PropertyKey[],
  otherKeys: readonly string[] = [],
): T {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const issue = mainFault(result.error.issues);
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!;
    // branches of a union share keys
    const branches = keysOfBranches(schema, issue.path);
    const known = [...new Set([...branches.flat(), ...otherKeys])];
    const at = [...path, ...issue.path, key];
    const beside = Object.keys(issue.input as object).filter((other) => !issue.keys.includes(other));
    if (known.includes(key) && beside.length > 0) {
      // right in one branch of the union, and beside a key of another
      const together = branches.filter((keys) => keys.includes(key)).flat();
      const apart = beside.filter((other) => !together.includes(other));
      const others = (apart.length > 0 ? apart : beside).map((other) => quoted(other)).join(', ');
      throw new ConfigIssue(at, `key ${quoted(key)} does not go with ${others}: one of them is too much`, true);
    }
    const guess = nearest(key, known);
    const hint = guess ? `did you mean "${guess}"?` : `known keys: ${known.join(', ')}`;
    throw new ConfigIssue(at, `unknown key ${quoted(key)}; ${hint}`, true);
  }
  const at = [...path, ...issue.path];
  const name = at.filter((part) => typeof part === 'string').at(-1);
  throw new ConfigIssue(at, `${name ? `${String(name)}: ` : ''}${describeIssue(issue)}`);
}

/**
 * The fault to report. Of a union's failed branches that is the one that understood the value: the one that fails deepest
 * inside it, else one that does not know a key, else the union as a whole.
 */
function mainFault(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue {
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]!;
  if (issue.code !== 'invalid_union') return issue;
  const inner = issue.errors.filter((branch) => branch.length > 0).map(mainFault);
  const inside = inner.filter(({ path }) => path.length > 0);
  const unknown = inner.filter(({ code }) => code === 'unrecognized_keys');
  const chosen =
    inside.sort((a, b) => b.path.length - a.path.length)[0] ??
    unknown[0] ??
    inner.find(({ code }) => code === 'custom');
  if (!chosen) return issue;
  return {
    ...(chosen.code === 'invalid_value' ? ofAnyBranch(chosen, issue) : chosen),
    path: [...issue.path, ...chosen.path],
  };
}

/** A value that is no branch's, with what each branch would take in its place: `function: linear` is the name of no closed form. */
function ofAnyBranch(
  chosen: z.core.$ZodIssueInvalidValue,
  { errors }: z.core.$ZodIssueInvalidUnion,
): z.core.$ZodIssueInvalidValue {
  const at = JSON.stringify(chosen.path);
  const values = errors
    .flat()
    .flatMap((other) => (other.code === 'invalid_value' && JSON.stringify(other.path) === at ? other.values : []));
  return { ...chosen, values: [...new Set(values)] };
}

/** What is wrong with a value and what would be right. @param issue made with `reportInput` */
export function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === 'custom') return issue.message;
  if (issue.code === 'invalid_union' && issue.message !== defaultMessage)
    return `${issue.message}, ${found(issue.input)}`;
  if (issue.code === 'invalid_type' && !issue.message.startsWith(defaultMessage)) return issue.message;
  if (issue.code === 'invalid_format') return `${issue.message}, ${found(issue.input)}`;
  const { phrase, of } = expectation(issue);
  const beginning = { too_big: 'Too big', too_small: 'Too small' }[issue.code as string];
  const reason = beginning !== undefined && !issue.message.startsWith(beginning) ? ` (${issue.message})` : '';
  return `${of === 'size' ? 'must ' : 'expected '}${phrase}, ${found(issue.input)}${reason}`;
}

/** What zod says of a union, and how it begins of a type, whose schema has no words of its own. */
const defaultMessage = 'Invalid input';

function found(input: unknown): string {
  return input === undefined ? 'it is missing' : `found ${quoted(input)}`;
}

/** What a type of zod's is called in a config. */
const typeNames: Partial<Record<string, string>> = {
  array: 'a list',
  object: 'a map such as {key: value}',
  record: 'a map such as {key: value}',
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  tuple: 'a list',
  null: 'nothing',
};

/** What would be right, to stand after "expected" or, for a value of the right type, after "must". */
function expectation(issue: z.core.$ZodIssue): { readonly phrase: string; readonly of: 'type' | 'size' } {
  const type = (phrase: string) => ({ phrase, of: 'type' as const });
  switch (issue.code) {
    case 'invalid_type': {
      const finite = issue.expected === 'number' && typeof issue.input === 'number';
      return type(finite ? 'a finite number' : (typeNames[issue.expected] ?? `a ${issue.expected}`));
    }
    case 'too_small':
      return bound(issue.origin, 'at least', issue.inclusive === false ? 'above' : 'at least', Number(issue.minimum));
    case 'too_big':
      return bound(issue.origin, 'at most', issue.inclusive === false ? 'below' : 'at most', Number(issue.maximum));
    case 'invalid_value':
      return type(
        issue.values.length === 1 ? String(issue.values[0]) : `one of ${issue.values.map(String).join(', ')}`,
      );
    case 'invalid_union': {
      const branches = issue.errors
        .filter((branch) => branch.length > 0)
        .map((branch) => expectation(mainFault(branch)));
      return type([...new Set(branches.map(({ phrase }) => phrase))].join(', or ') || 'another value');
    }
    default:
      return type(issue.message);
  }
}

function bound(origin: string, ofLength: string, ofNumber: string, limit: number) {
  const count = `${limit} ${{ array: limit === 1 ? 'entry' : 'entries', string: limit === 1 ? 'character' : 'characters' }[origin] ?? 'keys'}`;
  return origin === 'number' || origin === 'int' || origin === 'bigint'
    ? { phrase: `be ${ofNumber} ${limit}`, of: 'size' as const }
    : { phrase: `have ${ofLength} ${count}`, of: 'size' as const };
}

/** The keys that each branch of a schema allows at `path`, through its JSON Schema. */
function keysOfBranches(schema: z.ZodType, path: readonly PropertyKey[]): string[][] {
  interface Node {
    properties?: Record<string, Node>;
    items?: Node;
    anyOf?: Node[];
  }
  let nodes: Node[] = [z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Node];
  const flatten = (node: Node): Node[] => [node, ...(node.anyOf ?? []).flatMap(flatten)];
  for (const part of path) {
    nodes = nodes
      .flatMap(flatten)
      .map((node) => (typeof part === 'number' ? node.items : node.properties?.[String(part)]))
      .filter((node) => node !== undefined);
  }
  return nodes.flatMap(flatten).map((node) => Object.keys(node.properties ?? {}));
}
