import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import { UserError } from '../util/errors.ts';
import { printable, quoted } from '../util/text.ts';

/** A YAML text as plain data, and where in it things are. */
export interface YamlText {
  readonly data: unknown;
  /** `line:column` of the value at a path or, with `atKey`, of its key; of the deepest part of the path that is there. */
  place(path: readonly PropertyKey[], atKey: boolean): string;
}

/**
 * The value of a command's option that is written as in a config.
 * @throws UserError as `parseYaml`, in one line
 */
export function yamlOption(option: string, text: string): unknown {
  try {
    return parseYaml(text).data;
  } catch (error) {
    if (!(error instanceof YamlFault)) throw error;
    throw new UserError(`${option} ${printable(text, 100)}: ${printable(error.message, 200)}`);
  }
}

/** What is wrong with a YAML text, and where. */
export class YamlFault extends Error {
  override readonly name = 'YamlFault';
  /** `line:column` */
  readonly place: string;
  constructor(place: string, message: string) {
    super(message);
    this.place = place;
  }
}

/** Characters that a config may have; a larger file is no config. */
const mostCharacters = 1_000_000;
/** Values that a config may have once its aliases are written out. */
const mostValues = 200_000;
/** Maps and lists inside each other that a config may have. */
const deepest = 100;

/** Tags that say what a plain value is without one. Others, such as `!!binary` and `!!set`, make objects that no config has. */
const plainTags = new Set(
  ['map', 'seq', 'str', 'int', 'float', 'bool', 'null'].map((type) => `tag:yaml.org,2002:${type}`),
);

/** What would be right, by the code of the parser's error. */
const cures: Partial<Record<string, string>> = {
  TAB_AS_INDENT: 'indent with spaces, not tabs',
  DUPLICATE_KEY: 'this key is there twice; keep one of them',
  MULTIPLE_DOCS: 'a config is one document; leave out what begins with "---"',
  BAD_INDENT: 'lines of one map begin in the same column',
  KEY_OVER_1024_CHARS: 'a key has at most 1024 characters; is a ":" or a quote missing?',
  NON_STRING_KEY: 'a key is a word, such as trials',
  MULTILINE_IMPLICIT_KEY: 'a key and its ":" stand in one line; is a quote or a bracket missing?',
  TAG_RESOLVE_FAILED: 'leave the tag (the word that begins with "!") out; put a text that begins with "!" in quotes',
  BAD_DIRECTIVE: 'leave out the line that begins with "%"',
};

/**
 * Parses a YAML text.
 * @throws YamlFault for text that is malformed, too large, or whose aliases are unknown, cyclic or stand for too much
 */
export function parseYaml(text: string): YamlText {
  if (text.length > mostCharacters)
    throw new YamlFault('1:1', `${text.length} characters; a config has at most ${mostCharacters}`);
  const lines = new LineCounter();
  const placeOf = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${line}:${col}`;
  };
  const tooDeep = () => new YamlFault('1:1', `maps and lists inside each other more than ${deepest} times`);
  // the parser calls itself for each of them, and would need seconds to run out of stack
  if (openBrackets(text) > 2 * deepest || new RegExp(`([-?:][ \\t]+){${2 * deepest}}`).test(text)) throw tooDeep();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault) throw new YamlFault(placeOf(fault.pos[0]), faultText(fault));
  // under YAML 1.1 `012` is ten
  if (document.directives.yaml.explicit) throw new YamlFault('1:1', cures.BAD_DIRECTIVE!);
  checkNodes(document, placeOf, tooDeep);
  return {
    data: document.toJS({ maxAliasCount: -1 }),
    place(path, atKey) {
      for (let depth = path.length; depth >= 0; depth--) {
        const target = nodeAt(document, path.slice(0, depth), atKey && depth === path.length);
        if (isNode(target) && target.range) return placeOf(target.range[0]);
      }
      return '1:1';
    },
  };
}

/** The most brackets that are open at a place, those in quotes included. */
function openBrackets(text: string): number {
  let open = 0;
  let most = 0;
  for (const character of text) {
    if (character === '[' || character === '{') most = Math.max(most, ++open);
    else if (character === ']' || character === '}') open--;
  }
  return most;
}

function faultText({ code, message }: YAMLError): string {
  const [first] = message.split('\n');
  const cure = cures[code];
  return cure ?? `${first!.replace(/\.$/, '')}; a config is lines such as "trials: 100"`;
}

/** The node of a value, or of its key where that is wanted or the value has none. */
function nodeAt(document: Document.Parsed, path: readonly PropertyKey[], wantsKey: boolean): unknown {
  const node = document.getIn(path, true);
  const parent = document.getIn(path.slice(0, -1), true);
  const key = isMap(parent)
    ? parent.items.find((pair) => isPair(pair) && String(pair.key) === String(path.at(-1)))?.key
    : undefined;
  return wantsKey ? (key ?? node) : (node ?? key);
}

/** @throws YamlFault for aliases that stand for nothing, for what they are in, or for too much; for nesting and keys that are not right */
function checkNodes(document: Document.Parsed, placeOf: (offset: number) => string, tooDeep: () => YamlFault): void {
  /** Values that each anchored node stands for, filled in once its end was passed. */
  const sizes = new Map<unknown, number>();
  const named = new Map<string, unknown>();
  const open: { node: unknown; size: number; depth: number }[] = [];
  let total = 0;
  const close = (depth: number) => {
    while (open.length > 0 && open.at(-1)!.depth >= depth) {
      const { node, size } = open.pop()!;
      sizes.set(node, size);
      if (open.length > 0) open.at(-1)!.size += size;
    }
  };
  visit(document, {
    Pair(_, pair) {
      if (!isScalar(pair.key)) throw new YamlFault(rangeOf(pair.key), 'a key is a word, such as trials');
    },
    Node(_, node, path) {
      if (path.length > 2 * deepest) throw tooDeep();
      if (node.tag && !plainTags.has(node.tag))
        throw new YamlFault(
          rangeOf(node),
          `the tag ${quoted(node.tag).slice(1, -1)} makes no plain value; ${cures.TAG_RESOLVE_FAILED}`,
        );
      if (isScalar(node) && node.value === 0 && /^[^e]*[1-9]/i.test(node.source ?? ''))
        throw new YamlFault(rangeOf(node), `${quoted(node.source)} is too small for a number and would be 0; write 0`);
      close(path.length);
      let size = 1;
      if (isAlias(node)) {
        const anchor = quoted(node.source).slice(1, -1);
        const source = named.get(node.source);
        if (source === undefined)
          throw new YamlFault(
            rangeOf(node),
            `unknown alias *${anchor}; write &${anchor} in front of the value it repeats`,
          );
        if (path.some((part) => part === source))
          throw new YamlFault(rangeOf(node), `alias *${anchor} is inside the value it repeats`);
        size = sizes.get(source) ?? 1;
      } else if (node.anchor) named.set(node.anchor, node);
      total += size;
      if (total > mostValues)
        throw new YamlFault(rangeOf(node), `the aliases stand for more than ${mostValues} values`);
      open.push({ node, size, depth: path.length });
    },
  });

  function rangeOf(node: unknown): string {
    return isNode(node) && node.range ? placeOf(node.range[0]) : '1:1';
  }
}
