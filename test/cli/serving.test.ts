import { expect, test } from 'vitest';
import { serveUntilSignal } from '../../src/cli/serving.ts';

test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)(
  'a server ends at %s as at any other signal',
  async (signal) => {
    const before = process.listenerCount(signal);
    const ended = serveUntilSignal();
    expect(process.listenerCount(signal)).toBe(before + 1);
    process.listeners(signal).at(-1)!(signal);
    await ended;
    process.removeListener(signal, process.listeners(signal).at(-1)!);
  },
);
