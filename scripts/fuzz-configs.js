/**
 * Mutates every config of `configs/`, and configs grown from `configs/schema.json`, and validates them in this process: nothing may crash, take
 * over two seconds of the processor, put a control character or a line of over 500 characters on a terminal, or be refused without its place.
 *
 *     npm run build && node scripts/fuzz-configs.js [seed] [count]
 *
 * Prints what broke a rule, with the mutated text, and a line of counts; exits 1 when anything did.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../dist/cli/load.js';
import { configDocument } from '../dist/config/load.js';
import { UserError } from '../dist/util/errors.js';
import { randomStream } from '../dist/util/random.js';
import { grower } from './fuzz/grow.js';

const folder = fileURLToPath(new URL('../configs/', import.meta.url));
const configs = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yaml'))
  .sort()
  .map((file) => readFileSync(path.join(folder, file), 'utf8'));

/** Values that have broken programs before. */
const nasty = [
  ...[
    '0',
    '-1',
    '1',
    '0.5',
    '1e9',
    '1e308',
    '1e400',
    '99999999',
    '9007199254740991',
    '.inf',
    '.nan',
    'null',
    '~',
    'true',
  ],
  ...[
    "''",
    '"a\\nb"',
    '"\\e[31m"',
    '"\\0"',
    '"\\uD800"',
    '"</script>"',
    '"=cmd"',
    '"a|b"',
    'constructor',
    '__proto__',
    'toString',
  ],
  ...[
    '[]',
    '{}',
    '[[[]]]',
    '[1, 1]',
    '{a: 1}',
    '{__proto__: {a: 1}}',
    '{constructor: 1}',
    '*a',
    '&a [*a]',
    '!!binary aGk=',
    '!x y',
  ],
  ...[
    '{from: 1, to: 1e12, step: 1}',
    '{from: 0, to: 80, step: 1e-9}',
    '{logspace: [1, 2, 2147483648]}',
    '{logspace: [1e-9, 1, 7]}',
  ],
  ...[
    'bacc',
    'parm',
    '[uncoded, bacc]',
    'uniform',
    '{bernoulli: 0.5}',
    '{of: bacc}',
    'MNIST',
    'cifar10',
    '1e400s',
    '10ms',
  ],
  ...[
    'p90',
    'p0',
    '5%',
    '{logNormal: {median: 10ms, sigma: 0.5}}',
    '{from: 1, to: 10000, step: 1}',
    'http://a/v2/models/m',
    '[python3]',
  ],
  `"${'x'.repeat(5000)}"`,
];

const schema = JSON.parse(readFileSync(path.join(folder, 'schema.json'), 'utf8'));
const grown = grower(schema, nasty);

/** A config to start from: a packaged one, one with some keys grown anew, or one that is grown altogether. */
function seedText(random) {
  const packaged = configs[random.integer(configs.length)];
  const chance = random.integer(4);
  if (chance === 0) return grown.config(random);
  return chance === 1 ? packaged : grown.graft(packaged, random);
}

/** A config with up to four changes: of a character, a line, a value, a key. */
function mutate(text, random) {
  let lines = text.split('\n');
  const pick = (list) => list[random.integer(list.length)];
  for (let changes = random.integer(5); changes > 0; changes--) {
    const at = random.integer(lines.length);
    const line = lines[at] ?? '';
    const value = /^(\s*(?:- )?[\w-]+:\s*)(\S.*)$/.exec(line);
    const kind = random.integer(10);
    if (kind <= 2 && value) lines[at] = value[1] + pick(nasty);
    else if (kind === 3) lines.splice(at, 1);
    else if (kind === 4) lines.splice(at, 0, pick(lines));
    else if (kind === 5 && line.length > 0) {
      const place = random.integer(line.length);
      lines[at] =
        line.slice(0, place) + String.fromCharCode(random.integer(0x180)) + line.slice(place + random.integer(2));
    } else if (kind === 6) lines[at] = line.replace(/\d+(\.\d+)?/, () => pick(nasty));
    else if (kind === 7) lines[at] = line.replace(/[\w-]+/, () => pick(nasty));
    else if (kind === 8) lines.splice(at, 0, /^\s*/.exec(line) + grown.entry(random));
    else lines = [...lines, ...pick(configs).split('\n').slice(random.integer(5))];
  }
  return lines.join('\n');
}

/** The rules that a text breaks when it is validated as `validate` does; `refused` is false for a config that is valid. */
export async function tryConfig(text) {
  // of the processor: on a busy machine the clock says nothing about the config
  const started = process.cpuUsage();
  const broken = [];
  let message = '';
  let document;
  try {
    document = configDocument(text, 'fuzzed.yaml');
    const { loaded } = await loadConfig(document);
    for (const warning of loaded.outline().warnings) if (/\p{Cc}/u.test(warning)) broken.push('a control character');
  } catch (error) {
    const said = document ? document.located(error) : error;
    message = said instanceof Error ? said.message : String(said);
    if (!(said instanceof UserError)) broken.push(`a crash: ${said instanceof Error ? said.stack : said}`);
    else if (!/^fuzzed\.yaml:\d+:\d+: ./.test(message)) broken.push('no place');
    if (/[\p{Cc}\u2028\u2029]/u.test(message)) broken.push('a control character');
    if (message.length > 500) broken.push(`a line of ${message.length} characters`);
  }
  const { user, system } = process.cpuUsage(started);
  const seconds = (user + system) / 1e6;
  if (seconds > 2) broken.push(`${seconds.toFixed(1)} s`);
  return { broken, message, refused: message !== '', seconds };
}

/** Tries `count` mutated configs; `report` is told of each that breaks a rule. Ends early after `mostSeconds`, with twenty tried. */
export async function fuzz(seed, count, report, mostSeconds = Number.POSITIVE_INFINITY) {
  const result = { tried: 0, refused: 0, broken: 0, slowest: 0 };
  const started = performance.now();
  for (let i = 0; i < count && (i < 20 || performance.now() - started < 1000 * mostSeconds); i++) {
    const random = randomStream('fuzz configs', seed, i);
    const text = mutate(seedText(random), random);
    const { broken, message, refused, seconds } = await tryConfig(text);
    result.tried++;
    if (refused) result.refused++;
    result.slowest = Math.max(result.slowest, seconds);
    if (broken.length > 0) {
      result.broken++;
      report(`seed ${seed}, number ${i}: ${broken.join('; ')}: ${message.slice(0, 300)}`, text);
    }
  }
  return result;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [seed, count] = [Number(process.argv[2] ?? 1), Number(process.argv[3] ?? 10_000)];
  const result = await fuzz(seed, count, (line) => process.stdout.write(`${JSON.stringify(line)}\n`));
  process.stdout.write(`seed ${seed}: ${JSON.stringify(result)}\n`);
  if (result.broken > 0) process.exitCode = 1;
}
