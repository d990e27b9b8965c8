import { openRemote, type RemoteModel } from '../protocol/client.ts';
import { type LocalModel, type LocalWorker, startLocalWorker } from './local-workers.ts';

/** Real servers, for workers. */
export interface LiveServers {
  /** Those that are there by now. */
  readonly remotes: readonly RemoteModel[];
  /**
   * One for each worker.
   * @param pools workers of each pool. @param models the parity model of each pool; undefined for the base model
   */
  of(pools: readonly number[], models: readonly (string | undefined)[]): Promise<readonly RemoteModel[]>;
  close(): Promise<void>;
}

/** Servers somewhere, all of one model, each with one connection. @throws UserError, EnvironmentError as `openRemote` */
export async function openEndpoints(urls: readonly string[], timeout: number): Promise<LiveServers> {
  const remotes: RemoteModel[] = [];
  const close = async () => {
    await Promise.all(remotes.map((remote) => remote.close()));
  };
  try {
    for (const url of urls) remotes.push(await openRemote(url, { connections: 1, timeout }));
  } catch (error) {
    await close();
    throw error;
  }
  return { remotes, close, of: async ([workers]) => remotes.slice(0, workers) };
}

/** Servers on this machine, each a process, started when they are first needed. @param timeout seconds of silence */
export function startLocalServers(model: LocalModel, timeout: number): LiveServers {
  const started = new Map<string | undefined, LocalWorker[]>();
  const all = () => [...started.values()].flat();
  return {
    get remotes() {
      return all().map(({ remote }) => remote);
    },
    async of(pools, models) {
      const remotes: RemoteModel[] = [];
      for (const [pool, count] of pools.entries()) {
        const parity = models[pool];
        const own = started.get(parity) ?? [];
        started.set(parity, own);
        const more = Array.from({ length: Math.max(0, count - own.length) }, () =>
          startLocalWorker({ ...model, parity }, timeout).then((worker) => own.push(worker)),
        );
        const [failed] = (await Promise.allSettled(more)).filter((outcome) => outcome.status === 'rejected');
        if (failed) throw failed.reason;
        remotes.push(...own.slice(0, count).map(({ remote }) => remote));
      }
      return remotes;
    },
    async close() {
      await Promise.all(all().map((worker) => worker.close()));
    },
  };
}
