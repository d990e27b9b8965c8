import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMap, isNode, isPair, LineCounter, parseDocument } from 'yaml';
import { UserError } from '../util/errors.ts';
import { ConfigIssue } from './issues.ts';

/** A config document: plain data, and a way from a path in it to a place in the file. */
export interface ConfigDocument {
  readonly data: Record<string, unknown>;
  /** Folder that relative paths in the config start from. */
  readonly folder: string;
  /** The document as it is to be read again: YAML, with what overrides changed in it. */
  readonly written: string;
  /** A `ConfigIssue` as one line, `file:line:col: message`; any other error as it is. */
  located(error: unknown): unknown;
}

const packagedConfigs = fileURLToPath(new URL('../../configs/', import.meta.url));

/**
 * Finds a config: a file, or the name of a packaged one (`quickstart`).
 * @throws UserError when there is neither
 */
function findConfig(name: string): string {
  const found = existsSync(name);
  // a folder of this name may be one that the packaged config was run into
  if (found && !statSync(name).isDirectory()) return name;
  const packaged = path.join(packagedConfigs, `${name}.yaml`);
  if (!name.endsWith('.yaml') && !path.isAbsolute(name) && existsSync(packaged)) return packaged;
  if (found) return name;
  throw new UserError(`${name}: no such file, and no packaged config has this name; try "approxifer run quickstart"`);
}

/**
 * Reads a config file.
 * @param name a path, or the name of a packaged config
 * @param overrides `key=value` pairs of `--set`; a dotted key reaches inside, the value is YAML
 * @throws UserError with file, line and column when the YAML is malformed
 */
export function readConfig(name: string, overrides: readonly string[] = []): ConfigDocument {
  const file = findConfig(name);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(`${file}: cannot be read (${(error as NodeJS.ErrnoException).code}); give a YAML file`);
  }
  return configDocument(text, file, overrides);
}

/**
 * A config from its text.
 * @param file its name, for messages; relative paths start from its folder
 * @throws UserError with file, line and column when the YAML is malformed
 */
export function configDocument(text: string, file: string, overrides: readonly string[] = []): ConfigDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const [fault] = document.errors;
  if (fault) throw new UserError(`${place(fault.pos[0])}: ${fault.message.split('\n')[0]}`);
  if (document.contents === null) {
    throw new UserError(`${file}:1:1: the config is empty; it needs name, model, dataset, K, N, trials and schemes`);
  }
  if (!isMap(document.contents)) throw new UserError(`${file}:1:1: a config is a list of "key: value" lines`);
  const overridden = new Set<string>();
  for (const override of overrides) {
    const [key, value] = splitOverride(override);
    document.setIn(key, parseDocument(value).toJS());
    overridden.add(key[0]!);
  }
  return {
    data: document.toJS() as Record<string, unknown>,
    folder: path.dirname(path.resolve(file)),
    written: overridden.size > 0 ? String(document) : text,
    located(issue) {
      if (!(issue instanceof ConfigIssue)) return issue;
      if (overridden.has(String(issue.path[0])))
        return new UserError(`--set ${issue.path.join('.')}: ${issue.message}`);
      // the deepest part of the path that exists in the document
      for (let depth = issue.path.length; depth >= 0; depth--) {
        const upTo = issue.path.slice(0, depth);
        const node = document.getIn(upTo, true);
        const parent = document.getIn(upTo.slice(0, -1), true);
        const key = isMap(parent)
          ? parent.items.find((pair) => isPair(pair) && String(pair.key) === String(upTo.at(-1)))?.key
          : undefined;
        const target = issue.atKey && depth === issue.path.length ? (key ?? node) : (node ?? key);
        if (isNode(target) && target.range) return new UserError(`${place(target.range[0])}: ${issue.message}`);
      }
      return new UserError(`${file}:1:1: ${issue.message}`);
    },
  };
}

function splitOverride(text: string): [string[], string] {
  const at = text.indexOf('=');
  if (at < 1) throw new UserError(`--set ${text}: write --set key=value, such as --set trials=100`);
  const keys = text.slice(0, at).split('.');
  return [keys, text.slice(at + 1)];
}
