import type { Command } from 'commander';
import { print } from './print.ts';
import { parsePort, serveUntilSignal } from './serving.ts';

interface ServerFlags {
  host: string;
  port: number;
  latency?: string;
  seed: string;
}

/** `approxifer model-server`: a model as a worker. */
export function registerModelServer(program: Command): void {
  program
    .command('model-server')
    .description('serve a model by the Open Inference Protocol (KServe v2, HTTP), one request at a time')
    .argument('<model>', 'a name of "models list", or an .onnx file')
    .option(
      '--host <address>',
      'where to listen; others than this machine only reach it by another address',
      '127.0.0.1',
    )
    .option('--port <number>', '0: any free one', parsePort, 0)
    .option('--latency <law>', 'how long a request takes at least, such as "pareto(12ms, 2.5)"')
    .option('--seed <word>', 'of the latencies', '1')
    .addHelpText(
      'after',
      `
Prints its address, and serves until it is told to end (Ctrl-C). For experiments: it has no users and no encryption.

Examples:
  approxifer model-server lenet5-mnist --port 8000
  approxifer model-server lenet5-mnist --latency "pareto(12ms, 2.5)"`,
    )
    .action(async (name: string, flags: ServerFlags) => {
      const [
        { openModel },
        { servedModel },
        { startServer },
        { parseLatency },
        { latencySampler },
        { randomStream },
        { versions },
      ] = await Promise.all([
        import('../models/registry.ts'),
        import('../serving/model-server.ts'),
        import('../protocol/server.ts'),
        import('../workers/latencies/written.ts'),
        import('../workers/latencies/registry.ts'),
        import('../util/random.ts'),
        import('../util/versions.ts'),
      ]);
      const service = flags.latency === undefined ? undefined : latencySampler(parseLatency(flags.latency));
      const model = await openModel(name.endsWith('.onnx') ? { onnx: name } : name);
      const served = servedModel(model, {
        server: { name: 'approxifer-model-server', version: versions().approxifer },
        service,
        stream: randomStream(flags.seed, 'model server'),
      });
      const server = await startServer(served, { host: flags.host, port: flags.port, bodyLimit: 64 * 2 ** 20 });
      print(`${server.url}\n`);
      await serveUntilSignal();
      await server.close();
      await model.dispose();
    });
}
