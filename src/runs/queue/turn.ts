import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { EnvironmentError } from '../../util/errors.ts';
import { lifeOf, type ProcessIdentity, thisProcess } from '../../util/process.ts';
import { silence } from './protocol.ts';

const beat = 4000;

/** Each one step of Redis: between two, the key may become another's, or this process's own by an earlier beat that was late. */
const scripts = {
  /** Says that the holder lives; takes what Redis forgot, or gave up while this process stood still. */
  extend:
    "local holder = redis.call('get', KEYS[1]) if holder and holder ~= ARGV[1] then return 0 end redis.call('set', KEYS[1], ARGV[1], 'PX', ARGV[2]) return 1",
  remove: "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end",
};

/** The right to hand out units. */
export interface Turn {
  /** Rejects when another process took it over. */
  readonly lost: Promise<never>;
  /** True when another process has it by now. */
  isOthers(): Promise<boolean>;
  end(): Promise<void>;
}

/**
 * Waits until no other process coordinates the same stage. That of a process which died goes away by itself.
 * @returns undefined when the signal ended the waiting
 */
export async function takeTurn(
  redis: Redis,
  key: string,
  signal: AbortSignal | undefined,
  onNotice: (line: string) => void,
): Promise<Turn | undefined> {
  const own = JSON.stringify({ ...thisProcess(), at: Date.now() });
  let told: string | undefined;
  while ((await redis.set(key, own, 'PX', 1000 * silence, 'NX')) === null) {
    if (signal?.aborted) return undefined;
    const holder = await redis.get(key);
    if (holder === null) continue;
    const process = JSON.parse(holder) as ProcessIdentity;
    if (lifeOf(process) === 'dead') await redis.eval(scripts.remove, 1, key, holder);
    else if (holder !== told)
      onNotice(
        `process ${process.pid} on ${process.host} coordinates the same units; waiting for it to end, or for ${silence} s of silence`,
      );
    told = holder;
    await sleep(lifeOf(process) === 'dead' ? 0 : 500);
  }
  let refuse: (error: Error) => void = () => {};
  const lost = new Promise<never>((_, reject) => {
    refuse = reject;
  });
  lost.catch(() => {});
  const timer = setInterval(async () => {
    try {
      if ((await redis.eval(scripts.extend, 1, key, own, 1000 * silence)) === 1) return;
      refuse(new EnvironmentError('another process took over these units; run the same command again to go on'));
    } catch {} // the connection tells
  }, beat);
  timer.unref(); // who ends without giving back his turn, ends
  return {
    lost,
    async isOthers() {
      const holder = await redis.get(key);
      return holder !== null && holder !== own;
    },
    async end() {
      clearInterval(timer);
      await redis.eval(scripts.remove, 1, key, own);
    },
  };
}
