import { type Command, Option } from 'commander';
import type { LinearDecoder } from '../codecs/codec.ts';
import type { NodeRule } from '../codecs/nodes.ts';
import type { RegisteredScheme, SchemeOptions } from '../codecs/registry.ts';
import type { Matrix } from '../math/matrix.ts';
import { nearest, UserError } from '../util/errors.ts';
import { collect, numberList, wholeNumber } from './options.ts';
import { print, printJson } from './print.ts';
import { registerTrial } from './trial.ts';

interface SchemeFlags {
  scheme: string;
  K: number;
  N: number;
  option: string[];
  format: 'csv' | 'json';
}

interface MatrixFlags extends SchemeFlags {
  what: 'encode' | 'decode';
  lambda?: string;
  survivors?: string;
}

/** `approxifer inspect nodes | matrix | trial`. */
export function registerInspect(program: Command): void {
  const inspect = program
    .command('inspect')
    .description('nodes and matrices of a scheme, and what happened in a trial, for debugging and other tools');
  registerTrial(inspect);

  withSchemeOptions(inspect.command('nodes'), 'nercc')
    .description('nodes of the queries (first line) and of the workers (second line)')
    .addHelpText(
      'after',
      `
Examples:
  approxifer inspect nodes --K 20 --N 60
  approxifer inspect nodes --scheme bacc --option nodes=legacy --K 5 --N 7 --format json`,
    )
    .action(async (flags: SchemeFlags) => {
      const { chebyshevFirstKind, coincidentNodes, workerNodes } = await import('../codecs/nodes.ts');
      const { options } = await schemeOf(flags, {});
      const rule = (options as { nodes?: NodeRule }).nodes;
      if (!rule) throw new UserError(`scheme "${flags.scheme}" has no nodes; bacc and nercc have`);
      const queries = [...chebyshevFirstKind(flags.K)];
      const workers = [...workerNodes(flags.N, rule)];
      if (flags.format === 'json') {
        printJson({ nodes: rule, queries, workers, coincident: coincidentNodes(flags.K, flags.N, rule) });
      } else print(`${csvLine(queries)}\n${csvLine(workers)}\n`);
    });

  withSchemeOptions(inspect.command('matrix'))
    .description('encoding matrix (a row a worker) or decoding matrix (a row a query, a column a survivor)')
    .addOption(new Option('--what <matrix>', 'which matrix').choices(['encode', 'decode']).makeOptionMandatory())
    .option('--lambda <number>', "the scheme's lambdaEnc or lambdaDec, whichever the matrix depends on")
    .option('--survivors <list>', 'workers that answered, such as 0,2,5-40 (default: all; for --what decode)')
    .addHelpText(
      'after',
      `
Numbers are CSV without header or index, 17 significant digits. Workers and survivors are in ascending number, queries in the
scheme's own order.

Examples:
  approxifer inspect matrix --scheme nercc --K 20 --N 60 --lambda 1e-6 --what encode
  approxifer inspect matrix --scheme bacc --K 20 --N 60 --what decode --survivors 0,2,5-40 --format json`,
    )
    .action(async (flags: MatrixFlags) => {
      const { K, N, what, format } = flags;
      if (what === 'encode' && flags.survivors !== undefined) {
        throw new UserError('--survivors has no meaning for --what encode: every worker gets a coded point');
      }
      const lambdaName = what === 'encode' ? 'lambdaEnc' : 'lambdaDec';
      const { scheme, options } = await schemeOf(
        flags,
        flags.lambda === undefined ? {} : { [lambdaName]: scalar(flags.lambda) },
      );
      const survivors = flags.survivors === undefined ? undefined : parseSurvivors(flags.survivors, N);
      const matrix =
        what === 'encode'
          ? encodingMatrix(scheme, options, K, N)
          : decodingMatrix(scheme, options, K, N, survivors ?? Int32Array.from({ length: N }, (_, n) => n));
      const rows = Array.from({ length: matrix.rows }, (_, i) => [
        ...matrix.data.subarray(i * matrix.columns, (i + 1) * matrix.columns),
      ]);
      if (format === 'json') {
        printJson({ scheme: scheme.name, options, K, N, what, ...(survivors && { survivors: [...survivors] }), rows });
      } else print(rows.map((row) => `${csvLine(row)}\n`).join(''));
    });
}

function withSchemeOptions(command: Command, defaultScheme?: string): Command {
  const scheme = new Option('--scheme <name>', 'scheme, as in a config');
  return command
    .addOption(defaultScheme ? scheme.default(defaultScheme) : scheme.makeOptionMandatory())
    .addOption(new Option('--K <number>', 'queries').argParser(wholeNumber(1)).makeOptionMandatory())
    .addOption(new Option('--N <number>', 'workers').argParser(wholeNumber(1)).makeOptionMandatory())
    .option('--option <key=value>', 'an option of the scheme, as in a config; may be repeated', collect, [])
    .addOption(new Option('--format <format>', 'layout').choices(['csv', 'json']).default('csv'));
}

/** The scheme and its options. @throws UserError for an unknown scheme, option or value, or too few workers */
async function schemeOf(
  { scheme: name, K, N, option }: SchemeFlags,
  extra: Record<string, unknown>,
): Promise<{ scheme: RegisteredScheme; options: SchemeOptions }> {
  const [{ schemes }, { limits }, { describeIssue }] = await Promise.all([
    import('../codecs/registry.ts'),
    import('../config/values.ts'),
    import('../config/issues.ts'),
  ]);
  if (Math.max(K, N) > limits.count || K * N > limits.matrix)
    throw new UserError(`K = ${K}, N = ${N}: each is at most ${limits.count}, and their product ${limits.matrix}`);
  const scheme = schemes.get(name);
  const given: Record<string, unknown> = { ...extra };
  for (const pair of option) {
    const at = pair.indexOf('=');
    if (at < 1) throw new UserError(`--option ${pair}: expected key=value, such as nodes=legacy`);
    given[pair.slice(0, at)] = scalar(pair.slice(at + 1));
  }
  const defaults = scheme.options.safeParse({});
  const known = defaults.success ? Object.keys(defaults.data) : [];
  for (const key of Object.keys(given)) {
    if (defaults.success && !known.includes(key)) {
      const guess = nearest(key, known);
      throw new UserError(
        `scheme "${name}" has no option "${key}"${guess ? `; did you mean "${guess}"?` : ''} (it has: ${known.join(', ') || 'none'})`,
      );
    }
  }
  const parsed = scheme.options.safeParse(given, { reportInput: true });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UserError(`scheme "${name}", option ${issue!.path.join('.')}: ${describeIssue(issue!)}`);
  }
  const least = scheme.minimumWorkers({ K, S: 0, E: 0 }, parsed.data);
  if (N < least) throw new UserError(`N = ${N}: scheme "${name}" needs at least ${least} workers for K = ${K}`);
  return { scheme, options: parsed.data };
}

/** A value as it would be read from YAML: a number, true, false or a word. */
function scalar(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  const number = Number(text);
  return text.trim() === '' || Number.isNaN(number) ? text : number;
}

function encodingMatrix(scheme: RegisteredScheme, options: SchemeOptions, K: number, N: number): Matrix {
  const encoder = scheme.encoder(K, N, options);
  if (encoder.order || encoder.points) {
    throw new UserError(`the encoding of scheme "${scheme.name}" depends on the queries themselves`);
  }
  return encoder.matrix;
}

function decodingMatrix(
  scheme: RegisteredScheme,
  options: SchemeOptions,
  K: number,
  N: number,
  survivors: Int32Array,
): Matrix {
  const decoder = scheme.decoder(K, N, options) as Partial<LinearDecoder>;
  if (!decoder.decodingMatrix) {
    throw new UserError(`scheme "${scheme.name}" has no decoding matrix that serves every batch`);
  }
  return decoder.decodingMatrix(survivors);
}

/**
 * Worker numbers and ranges of them with commas between, such as `0,2,5-40`.
 * @returns ascending
 * @throws UserError when the text is something else, or a worker does not exist or comes twice
 */
export function parseSurvivors(text: string, N: number): Int32Array {
  return Int32Array.from(numberList(text, { option: '--survivors', one: 'worker', all: 'N', count: N }));
}

function csvLine(values: readonly number[]): string {
  return values.map((value) => value.toPrecision(17)).join(',');
}
