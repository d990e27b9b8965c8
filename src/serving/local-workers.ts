import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { ModelSpec } from '../models/spec.ts';
import { openRemote, type RemoteModel } from '../protocol/client.ts';
import { EnvironmentError, UserError } from '../util/errors.ts';
import { moduleUrl } from '../util/folders.ts';
import { inOwnGroup } from '../util/process.ts';

/** The model of a local worker: that of the config, or one of its parity models. */
export interface LocalModel {
  readonly spec: ModelSpec;
  /** Name of the parity model, as a codec asks for it. */
  readonly parity?: string | undefined;
  /** Folder that paths start from. */
  readonly folder: string;
}

/** What a local worker says when it is there, or why it is not. */
export type LocalReport = { readonly url: string } | { readonly error: string; readonly ofUser: boolean };

/** A model server in a process of its own on this machine. */
export interface LocalWorker {
  readonly remote: RemoteModel;
  close(): Promise<void>;
}

/**
 * Starts a model server. Its process ends with this one, however that ends.
 * @param timeout seconds of silence after which a request has failed
 * @throws UserError, EnvironmentError when the model cannot be opened there
 */
export async function startLocalWorker(model: LocalModel, timeout: number): Promise<LocalWorker> {
  const child = fork(moduleUrl('serving/local-worker.js'), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    ...inOwnGroup,
  });
  const ended = once(child, 'exit');
  const close = async () => {
    if (child.connected) child.disconnect();
    await ended;
  };
  const report = await new Promise<LocalReport>((resolve) => {
    child.once('message', (message: LocalReport) => resolve(message));
    child.once('error', (error) => resolve({ error: error.message, ofUser: false }));
    child.once('exit', (code) => resolve({ error: `ended with code ${code}`, ofUser: false }));
    child.send(model);
  });
  if ('error' in report) {
    await close();
    if (report.ofUser) throw new UserError(report.error);
    throw new EnvironmentError(`a local worker cannot start: ${report.error}`);
  }
  try {
    const remote = await openRemote(report.url, { connections: 1, timeout });
    return { remote, close: () => remote.close().then(close) };
  } catch (error) {
    await close();
    throw error;
  }
}
