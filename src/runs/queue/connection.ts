import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { EnvironmentError, UserError } from '../../util/errors.ts';

/** Where a queue is, and what its Redis asks for. The password is in no text that anybody prints. */
export interface QueueAddress {
  /** `redis://host:6379/0`, without user and password. */
  readonly shown: string;
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
}

const variable = 'APPROXIFER_QUEUE_PASSWORD';

/**
 * Takes the address of a queue.
 * @throws UserError for what is none, and for a password in it: everybody may list the words of a command
 */
export function queueAddress(text: string, env: NodeJS.ProcessEnv = process.env): QueueAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.password)
    throw new UserError(
      `--queue: the password is seen by everybody who lists processes; give it as ${variable}, or a file that has it as ${variable}_FILE`,
    );
  if (url?.search || url?.hash)
    throw new UserError(
      `--queue: nothing may stand behind the number of the database; a password is given as ${variable}`,
    );
  const db = url?.pathname.replace(/^\//, '') || '0';
  if (!url || !/^rediss?:$/.test(url.protocol) || !url.hostname || !/^\d+$/.test(db))
    throw new UserError(
      '--queue: expected such as redis://host:6379/0, or rediss://user@host for an encrypted connection',
    );
  const port = Number(url.port || 6379);
  const password = passwordFrom(env);
  return {
    shown: `${url.protocol}//${url.hostname}:${port}/${db}`,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port,
    db: Number(db),
    tls: url.protocol === 'rediss:',
    ...(url.username && { username: decodeURIComponent(url.username) }),
    ...(password && { password }),
  };
}

function passwordFrom(env: NodeJS.ProcessEnv): string | undefined {
  const file = env[`${variable}_FILE`];
  if (!file) return env[variable];
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new UserError(`${variable}_FILE: ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** A connection to Redis that mends itself. */
export interface Connection {
  readonly redis: Redis;
  /** Rejects when Redis was away for too long. */
  readonly lost: Promise<never>;
}

/** How long a Redis that was there may be away, in milliseconds. */
const patience = 300_000;

/** Age of a process at which it says that there is no Redis, in milliseconds. */
const firstPatience = 8000;

/** How often it looks at the clock until then, and how often at least: one that stood still has not listened in that time. */
const [look, leastLooks] = [100, 15];

/**
 * A package that only the queue needs. BullMQ takes half a second of a processor to load: what only looks for a Redis does without.
 * @throws UserError where it is not installed
 */
export async function queuePackage<Package>(load: () => Promise<Package>): Promise<Package> {
  try {
    return await load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new UserError('a queue needs two packages that are not installed: npm install bullmq@6 ioredis@6');
  }
}

/**
 * Does `work` with a connection to the Redis of a queue.
 * @param onNotice told when it goes away and comes back
 * @throws EnvironmentError when it does not answer, UserError when it refuses user, password or command
 */
export async function withConnection<T>(
  address: QueueAddress,
  onNotice: (line: string) => void,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const { close, ...connection } = await connect(address, onNotice);
  try {
    return await work(connection);
  } catch (error) {
    throw refusal(address, error) ?? error;
  } finally {
    close();
  }
}

async function connect(
  address: QueueAddress,
  onNotice: (line: string) => void,
): Promise<Connection & { close(): void }> {
  const { Redis } = await queuePackage(() => import('ioredis'));
  const { shown, host, port, db, tls, username, password } = address;
  const redis = new Redis({
    host,
    port,
    db,
    ...(tls && { tls: {} }),
    ...(username && { username }),
    ...(password && { password }),
    maxRetriesPerRequest: null, // commands wait while Redis is away
    connectTimeout: 3000,
    disconnectTimeout: 200, // one that does not answer does not keep this process
    socketTimeout: 30_000, // a connection that is cut without a word is given up
    retryStrategy: (tries) => Math.min(50 * tries, 1000),
  });
  let refuse: (error: Error) => void = () => {};
  const lost = new Promise<never>((_, reject) => {
    refuse = reject;
  });
  lost.catch(() => {});
  let timer: NodeJS.Timeout | undefined;
  const stop = (error: Error) => {
    clearTimeout(timer);
    redis.disconnect();
    refuse(error);
  };
  const reasonOf = (error: NodeJS.ErrnoException | undefined) =>
    error ? (error.code ?? saidBy(error, address)) : 'no answer';
  const away = (error?: Error) =>
    new EnvironmentError(`no Redis at ${shown} (${reasonOf(error)}); start it, or give another --queue`);
  let last: Error | undefined;
  let told = false;
  let met = false;
  // the start of this process counts: on a busy machine it takes seconds
  const firstLeft = () => firstPatience - 1000 * process.uptime();
  const ready = new Promise<void>((resolve) => {
    let looks = 0;
    timer = setInterval(() => {
      if (++looks >= leastLooks && firstLeft() < 0) stop(away(last));
    }, look);
    redis.on('ready', () => {
      met = true;
      clearTimeout(timer);
      timer = undefined;
      if (told) onNotice(`${shown} is back`);
      told = false;
      resolve();
    });
    redis.on('error', (error) => {
      last = error;
      const refused = refusal(address, error);
      if (refused) stop(refused);
      else if (!met && firstLeft() < 0) stop(away(error)); // it had its time, and a refused connection is an answer
    });
    redis.on('close', () => {
      if (timer || redis.status === 'end') return;
      timer = setTimeout(() => stop(away(last)), patience);
      told = true;
      onNotice(`${shown} went away; waiting for it up to ${patience / 60_000} minutes`);
    });
  });
  const close = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {}, 0); // `close` is no loss any more
    redis.disconnect();
  };
  await Promise.race([ready, lost]);
  return { redis, lost, close };
}

/** What a Redis said. One that is old, or none, repeats the words of a command that it does not know: the password is among them. */
function saidBy({ message }: Error, { password }: QueueAddress): string {
  const line = message.split('\n')[0]!.replace(/,? with args.*/, '');
  return password ? line.replaceAll(password, '…') : line;
}

/** What a Redis that is there and refuses means; undefined for any other fault. */
function refusal(address: QueueAddress, error: unknown): UserError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { shown, tls } = address;
  const line = saidBy(error, address);
  if (line.includes('DB index is out of range')) return new UserError(`${shown}: this Redis has no such database`);
  if (/WRONGPASS|NOAUTH|invalid password/.test(line))
    return new UserError(`${shown} does not take user and password: ${line}; the password is taken from ${variable}`);
  if (line.startsWith('WRONGTYPE'))
    return new UserError(
      `${shown}: another program keeps something of its own under approxifer's names; give another --queue`,
    );
  if (line.startsWith('NOPERM'))
    return new UserError(
      `${shown}: this user of Redis may do too little: ${line}; the docs of the queue say what it needs`,
    );
  const { code = '' } = error as NodeJS.ErrnoException;
  if (tls && /CERT|SIGNATURE|ALTNAME/.test(code))
    return new UserError(
      `${shown}: its certificate is not trusted (${code}); NODE_EXTRA_CA_CERTS names the file of an authority of your own`,
    );
  return undefined;
}
