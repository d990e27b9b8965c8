import { InvalidArgumentError } from 'commander';

/** What commands that serve have in common. */

export function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port < 65_536) return port;
  throw new InvalidArgumentError('Expected a port: 0 … 65535.');
}

/** Waits for a signal, any of which ends a server alike. */
export function serveUntilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.once(signal, () => resolve());
  });
}
