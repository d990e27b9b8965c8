import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { UserError } from '../util/errors.ts';
import { readRegularFile, reasonOf } from '../util/files.ts';
import { packageRoot } from '../util/folders.ts';
import { printable, quoted, unprintableCharacter } from '../util/text.ts';
import { ConfigIssue } from './issues.ts';
import { parseYaml, YamlFault, type YamlText } from './yaml.ts';

/** A config document: plain data, and a way from a path in it to a place in the file. */
export interface ConfigDocument {
  readonly data: Record<string, unknown>;
  /** Folder that relative paths in the config start from. */
  readonly folder: string;
  /** Set for a config that is not the user's own: one that ships with this program. */
  readonly packaged?: boolean;
  /** The document as it is to be read again: YAML, with what overrides changed in it. */
  readonly written: string;
  /** A `ConfigIssue` as one line, `file:line:col: message`; any other error as it is. */
  located(error: unknown): unknown;
}

/** Another value for a key of a config, as an option of its own gives it, such as `--trials 100`. */
export interface OptionOverride {
  /** As the user typed it: faults of the value are reported as of it. */
  readonly option: string;
  readonly key: string;
  /** YAML. */
  readonly value: string;
}

/** The text is `key=value` of `--set`; a dotted key reaches inside, the value is YAML. */
export type Override = string | OptionOverride;

const packagedConfigs = path.join(packageRoot, 'configs', path.sep);

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
  throw new UserError(
    `${printable(name)}: no such file, and no packaged config has this name; "approxifer list configs" shows those`,
  );
}

/**
 * Reads a config file.
 * @param name a path, or the name of a packaged config
 * @param overrides later ones win
 * @throws UserError with file, line and column when the YAML is malformed
 */
export function readConfig(name: string, overrides: readonly Override[] = []): ConfigDocument {
  const file = findConfig(name);
  let text: string;
  try {
    // a shell hands over what a command writes, `<(…)`, as a pipe below /dev
    text = (/^\/(dev|proc\/self)\/(fd\/\d+|stdin)$/.test(file) ? readFileSync(file) : readRegularFile(file)).toString();
  } catch (error) {
    throw new UserError(`${printable(file)}: cannot be read (${reasonOf(error)}); give a YAML file`);
  }
  const packaged = path.resolve(file).startsWith(packagedConfigs);
  return { ...configDocument(text, file, overrides), ...(packaged && { packaged }) };
}

/** Characters of a message after its place. */
const longestMessage = 320;

/**
 * A config from its text.
 * @param file its name, for messages; relative paths start from its folder
 * @throws UserError with file, line and column when the YAML is malformed, or a text in it is not plain
 */
export function configDocument(text: string, file: string, overrides: readonly Override[] = []): ConfigDocument {
  const shownFile = printable(file, 120);
  const fault = (place: string, message: string) => new UserError(`${place}: ${printable(message, longestMessage)}`);
  // what a UTF-16 or a binary file looks like when it is read as UTF-8
  if (/^\ufffd|^.?\0/su.test(text)) throw fault(`${shownFile}:1:1`, 'this is no UTF-8 text; save the file as UTF-8');
  const yaml = parsed(text, (place, message) => fault(`${shownFile}:${place}`, message));
  if (yaml.data === null || yaml.data === undefined) {
    throw fault(`${shownFile}:1:1`, 'the config is empty; it needs name, model, dataset, K, N, trials and schemes');
  }
  if (!isPlainMap(yaml.data)) throw fault(`${shownFile}:1:1`, 'a config is a list of "key: value" lines');
  const data = yaml.data;
  /** By the first key: the option of its own that gave the value, undefined for `--set`. */
  const overridden = new Map<string, string | undefined>();
  for (const override of overrides) {
    const option = typeof override === 'string' ? undefined : override.option;
    const [keys, value] = typeof override === 'string' ? splitOverride(override) : [[override.key], override.value];
    const place = option ?? `--set ${printable(keys.join('.'), 60)}`;
    setInside(data, keys, parsed(value, (_, message) => fault(place, message)).data, (message) =>
      fault(place, message),
    );
    overridden.set(keys[0]!, option);
  }
  const located = (issue: unknown) => {
    if (!(issue instanceof ConfigIssue)) return issue;
    const key = String(issue.path[0]);
    if (overridden.has(key)) {
      const name = nameOf(issue.path);
      const option = overridden.get(key);
      // a key inside what an option gave is named by the message alone
      if (option !== undefined && issue.path.length > 1) return fault(option, issue.message);
      const message = issue.message.startsWith(name) ? issue.message.slice(name.length) : issue.message;
      return fault(option ?? `--set ${printable(issue.path.join('.'), 60)}`, message);
    }
    return fault(`${shownFile}:${yaml.place(issue.path, issue.atKey)}`, issue.message);
  };
  try {
    checkTexts(data, []);
  } catch (error) {
    throw located(error);
  }
  return {
    data,
    folder: path.dirname(path.resolve(file)),
    written: overridden.size > 0 ? stringify(data) : text,
    located,
  };
}

function parsed(text: string, fault: (place: string, message: string) => UserError): YamlText {
  try {
    return parseYaml(text);
  } catch (error) {
    throw error instanceof YamlFault ? fault(error.place, error.message) : error;
  }
}

function isPlainMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Puts a value at a place in the data; maps on the way there are made. */
function setInside(
  data: Record<string, unknown>,
  keys: readonly string[],
  value: unknown,
  fault: (message: string) => UserError,
): void {
  let inside: Record<string, unknown> = data;
  for (const [depth, key] of keys.entries()) {
    if (key === '' || key === '__proto__') throw fault('a key is a word, or words with dots between them');
    if (depth === keys.length - 1) {
      inside[key] = value;
      return;
    }
    const next = Object.hasOwn(inside, key) ? inside[key] : undefined;
    // a copy: an alias may have put the same map elsewhere too
    const target = Array.isArray(next) ? [...next] : typeof next === 'object' ? { ...next } : (next ?? {});
    if (typeof target !== 'object')
      throw fault(`${keys.slice(0, depth + 1).join('.')} is ${quoted(target)}, which has no keys inside`);
    inside[key] = target;
    inside = target as Record<string, unknown>;
  }
}

/** @throws ConfigIssue for a text or a key that would act on a terminal or break a line of a file */
function checkTexts(value: unknown, at: readonly PropertyKey[]): void {
  if (typeof value === 'string') {
    const character = unprintableCharacter(value);
    if (character !== undefined)
      throw new ConfigIssue(
        at,
        `${nameOf(at)}the text holds ${character}, a control character; write plain text in one line`,
      );
    if (value.includes('\ufffd'))
      throw new ConfigIssue(at, `${nameOf(at)}the text holds bytes that are no UTF-8; save the file as UTF-8`);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, entry] of Object.entries(value)) {
      const path = [...at, Array.isArray(value) ? Number(key) : key];
      if (key === '__proto__' || unprintableCharacter(key) !== undefined)
        throw new ConfigIssue(path, `no key is called ${quoted(key)}`, true);
      checkTexts(entry, path);
    }
  }
}

function nameOf(at: readonly PropertyKey[]): string {
  const name = at.filter((part) => typeof part === 'string').at(-1);
  return name === undefined ? '' : `${name}: `;
}

function splitOverride(text: string): [string[], string] {
  const at = text.indexOf('=');
  if (at < 1) throw new UserError(`--set ${printable(text, 60)}: write --set key=value, such as --set trials=100`);
  return [text.slice(0, at).split('.'), text.slice(at + 1)];
}
