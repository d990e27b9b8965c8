import { openParityModel } from '../models/parity.ts';
import { openModel } from '../models/registry.ts';
import { startServer } from '../protocol/server.ts';
import { UserError } from '../util/errors.ts';
import { randomStream } from '../util/random.ts';
import { versions } from '../util/versions.ts';
import type { LocalModel, LocalReport } from './local-workers.ts';
import { servedModel } from './model-server.ts';

/** The process of a local worker: opens the model that it is told, serves it on a free port, ends when its parent does. */

const bodyLimit = 64 * 2 ** 20;

process.once('message', (told: LocalModel) => {
  void serve(told).then(
    (report) => process.send!(report),
    (error) => process.send!({ error: (error as Error).message, ofUser: error instanceof UserError }),
  );
});
process.once('disconnect', () => process.exit(0));

async function serve({ spec, parity, folder }: LocalModel): Promise<LocalReport> {
  const base = await openModel(spec, { folder });
  const model = parity === undefined ? base : await openParityModel(parity, base, { folder });
  const server = { name: 'approxifer-local-worker', version: versions().approxifer };
  const served = servedModel(model, { server, stream: randomStream('local worker') });
  const { url } = await startServer(served, { host: '127.0.0.1', port: 0, bodyLimit });
  return { url };
}
