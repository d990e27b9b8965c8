import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { EnvironmentError, UserError } from '../util/errors.ts';
import { reasonOf } from '../util/files.ts';
import { parseDuration, parseSize } from '../util/units.ts';
import { wholeNumber } from './options.ts';
import { print, say } from './print.ts';
import { parsePort, serveUntilSignal } from './serving.ts';

interface ServeFlags {
  readonly scheme: string;
  readonly K: number;
  readonly need?: number;
  readonly backends: readonly string[];
  readonly wait: string;
  readonly deadline?: string;
  readonly most?: number;
  readonly timeout: string;
  readonly host: string;
  readonly port: number;
  readonly tokenFile?: string;
  readonly bodyLimit: string;
}

/** Name of the variable with the token that clients have to send. */
const tokenVariable = 'APPROXIFER_TOKEN';

/** `approxifer serve`: a coded front end before servers of a model. */
export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('a demonstrator: a coded front end that speaks the Open Inference Protocol, before servers of a model')
    .requiredOption('--scheme <scheme>', 'as an entry of a config: kriging, "nercc: {lambdaEnc: 0, lambdaDec: 0}"')
    .requiredOption('--K <number>', 'queries of a group', wholeNumber(1))
    .requiredOption('--backends <urls...>', 'servers of the model, a worker each: http://host:port/v2/models/name')
    .option('--need <number>', 'answers that a coded group waits for (default: K)', wholeNumber(1))
    .option('--wait <time>', 'how long a group waits for its other queries; a small one is computed uncoded', '20ms')
    .option('--deadline <time>', 'after a group began: then what came has to do (default: none)')
    .option('--most <number>', 'most queries under way, others are answered 503 (default: 20 groups)', wholeNumber(1))
    .option('--timeout <time>', 'silence of a backend after which it has failed', '30s')
    .option('--host <address>', 'where to listen; other machines reach it by another address', '127.0.0.1')
    .option('--port <number>', '0: any free one', parsePort, 0)
    .option('--token-file <file>', `clients have to send its text as their token (or: ${tokenVariable})`)
    .option('--body-limit <size>', 'most bytes of a request', '64MB')
    .addHelpText(
      'after',
      `
Answers are approximate: what "kind: serving" measures of a scheme is what its clients get. Single queries are put into groups of K as they
come. /v2/health/live and /v2/health/ready need no token, /metrics is for Prometheus. On SIGTERM it answers what is under way, then ends.

Examples:
  approxifer serve --scheme kriging --K 2 --backends http://127.0.0.1:{8001,8002,8003}/v2/models/lenet5-mnist
  approxifer serve --scheme kriging --K 10 --need 12 --wait 50ms --backends $(cat backends.txt)`,
    )
    .action(async (flags: ServeFlags) => {
      await serve(flags);
    });
}

async function serve(flags: ServeFlags): Promise<void> {
  const [{ frontEnd }, { openEndpoints }, { startServer }, { meters }, { versions }] = await Promise.all([
    import('../serving/front-end.ts'),
    import('../serving/servers.ts'),
    import('../protocol/server.ts'),
    import('./serve-metrics.ts'),
    import('../util/versions.ts'),
  ]);
  const { K, backends } = flags;
  const deployed = await deployedScheme(flags);
  const token = tokenOf(flags.tokenFile);
  const [wait, timeout] = [parseDuration(flags.wait), parseDuration(flags.timeout)];
  const deadline = flags.deadline === undefined ? undefined : parseDuration(flags.deadline);
  const bodyLimit = parseSize(flags.bodyLimit);
  const servers = await openEndpoints(backends, timeout);
  try {
    const { remotes } = servers;
    const [first] = remotes;
    for (const { url, inputShape, outputs } of remotes)
      if (outputs !== first!.outputs || String(inputShape) !== String(first!.inputShape))
        throw new UserError(`--backends: ${url} has other inputs or outputs than ${first!.url}`);
    const meter = meters();
    const front = frontEnd({ deployed, remotes, wait, deadline, most: flags.most ?? 20 * K, answered: meter.answered });
    const server = await startServer(
      {
        server: { name: 'approxifer-serve', version: versions().approxifer },
        name: first!.name,
        platform: `approxifer ${flags.scheme}`,
        inputShape: first!.inputShape,
        outputs: first!.outputs,
        ready: front.ready,
        infer: front.infer,
      },
      {
        host: flags.host,
        port: flags.port,
        bodyLimit,
        token,
        pages: { '/metrics': () => meter.page(front) },
      },
    );
    print(`${server.url}\n`);
    await serveUntilSignal();
    say(`ending; ${front.underWay} queries are under way`);
    await Promise.all([server.close(), front.drain()]);
  } finally {
    await servers.close();
  }
}

/** The scheme on as many workers as there are backends. @throws UserError for what cannot be */
async function deployedScheme({ scheme, K, need = K, backends }: ServeFlags) {
  const [{ yamlOption }, { parseEntries }, { schemes }, { deploy }] = await Promise.all([
    import('../config/yaml.ts'),
    import('../coded/entries.ts'),
    import('../codecs/registry.ts'),
    import('../serving/deployed.ts'),
  ]);
  const N = backends.length;
  if (N < K) throw new UserError(`--backends: ${N} for groups of K = ${K}; each task of a group needs a worker`);
  const [entry, ...others] = parseEntries([yamlOption('--scheme', scheme)]);
  if (!entry || others.length > 0 || entry.tune)
    throw new UserError(`--scheme: one scheme with fixed options, such as "nercc: {lambdaEnc: 0, lambdaDec: 0}"`);
  if (!schemes.has(entry.scheme)) throw new UserError(`--scheme: ${entry.scheme} is from outside and is not served`);
  return deploy(entry, { K, N, workers: N, need, single: true });
}

/** What clients have to send; undefined where anybody may ask. */
function tokenOf(file: string | undefined): string | undefined {
  if (file === undefined) return process.env[tokenVariable] || undefined;
  try {
    const token = readFileSync(file, 'utf8').trim();
    if (token !== '') return token;
  } catch (error) {
    throw new EnvironmentError(`--token-file: ${file} cannot be read: ${reasonOf(error)}`);
  }
  throw new UserError(`--token-file: ${file} is empty`);
}
