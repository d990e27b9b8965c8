import { openRemote } from '../protocol/client.ts';
import { sha256 } from '../util/files.ts';
import { inCalls } from './batches.ts';
import type { Model } from './model.ts';

/**
 * A model on a server of the Open Inference Protocol. Its digest is of what the server says of it (name, versions, tensors): nobody
 * outside the server can see its weights, so another model under the same name is another one only to those who know.
 * @param url `http://host:port/v2/models/name`
 * @throws UserError, EnvironmentError as `openRemote`
 */
export async function openEndpoint(url: string): Promise<Model> {
  const remote = await openRemote(url, { connections: 1 });
  const { name, server, inputShape, outputs } = remote;
  const size = inputShape.reduce((product, dim) => product * dim, 1);
  return {
    name,
    sha256: sha256(JSON.stringify({ name, server, inputShape, outputs })),
    runtime: `Open Inference Protocol, ${server}`,
    inputShape,
    outputs,
    infer: inCalls(size, outputs, (points, count) => remote.infer(points, count)),
    dispose: () => remote.close(),
  };
}
