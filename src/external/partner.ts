import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import path from 'node:path';
import { timerDelay } from '../util/clock.ts';
import { UserError } from '../util/errors.ts';
import { packageRoot } from '../util/folders.ts';
import { inOwnGroup } from '../util/process.ts';
import { printable, visible } from '../util/text.ts';
import { formatDuration } from '../util/units.ts';
import { type Message, NoMessage, packed, Unpacker } from './wire.ts';

/** Another program that answers messages, one at a time. */
export interface Partner {
  /** @throws UserError, one line with the cure, when it does not answer as it should; it is then ended */
  ask(request: Request): Promise<Message>;
  /** Ends it for a fault of an answer. @returns the error to throw */
  fault(what: string): UserError;
  close(): Promise<void>;
}

interface Request {
  /** What is asked, as `type` of the header. */
  readonly type: string;
  /** Seconds that the answer may take in any case. */
  readonly patience?: number;
  readonly header?: Message['header'];
  readonly arrays?: Message['arrays'];
}

export interface PartnerSpec {
  readonly command: readonly string[];
  /** Where it is started. */
  readonly folder: string;
  /** What messages call it. */
  readonly label: string;
  /** How long an answer may take, in seconds. */
  readonly timeout: number;
}

/** Seconds that a program has to end by itself once its input has. */
const grace = 2;
/** Characters of what it wrote to stderr that are kept for a message. */
const keptWords = 2000;

/** Starts a program. It is ended with this process; while nothing is asked it does not keep this process alive. */
export function startPartner({ command, folder, label, timeout }: PartnerSpec): Partner {
  const named = `${label} (${printable(command.join(' '), 80)})`;
  const [program = '', ...words] = command;
  const child = spawn(program, words, {
    cwd: folder,
    env: environment(process.env),
    windowsHide: true,
    ...inOwnGroup,
  });
  const unpacker = new Unpacker();
  let lastWords = '';
  let asked = 0;
  let waiting: { id: number; answer: (message: Message) => void; refuse: (error: UserError) => void } | undefined;
  let broken: UserError | undefined;

  const fail = (what: string): UserError => {
    broken ??= new UserError(`${named} ${what}`);
    kill();
    waiting?.refuse(broken);
    waiting = undefined;
    return broken;
  };
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);

  child.on('error', (error: NodeJS.ErrnoException) => {
    const reason =
      error.code === 'ENOENT'
        ? `there is no program ${JSON.stringify(program)} in ${folder} or on the path`
        : error.message;
    fail(`cannot be started: ${reason}; mend command:`);
  });
  // `close` comes after all that it wrote
  child.on('close', (code, signal) => {
    process.off('exit', kill);
    const how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
    const words = lastWords.trim().split('\n').at(-1);
    fail(`${how} before it answered${words ? `; the last it said: ${printable(words, 200)}` : ''}; ${cure}`);
  });
  child.stdin.on('error', () => {}); // it ended: `close` says so
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-keptWords);
    process.stderr.write(visible(text));
  });
  child.stdout.on('data', (chunk: Buffer) => {
    if (broken) return;
    try {
      for (const message of unpacker.take(chunk)) arrived(message);
    } catch (error) {
      if (!(error instanceof NoMessage)) throw error;
      fail(
        `wrote to its standard output what is no message: ${JSON.stringify(printable(error.message, 80))}; print to stderr`,
      );
    }
  });
  for (const part of [child, child.stdin, child.stdout, child.stderr]) unref(part);

  function arrived(message: Message): void {
    const { id, type, message: text } = message.header;
    if (!waiting || id !== waiting.id) {
      const which =
        typeof id === 'number' && id <= asked ? `answered request ${id} twice` : 'answered what nobody asked';
      fail(`${which}; a request has one answer, with its id`);
      return;
    }
    const { answer } = waiting;
    if (type === 'error') fail(`failed: ${printable(String(text), 300)}; ${cure}`);
    else {
      waiting = undefined;
      answer(message);
    }
  }

  return {
    async ask({ type, patience = 0, header = {}, arrays = {} }) {
      if (broken) throw broken;
      const id = ++asked;
      const most = Math.max(timeout, patience);
      let timer: NodeJS.Timeout | undefined;
      try {
        return await new Promise<Message>((answer, refuse) => {
          waiting = { id, answer, refuse };
          timer = setTimeout(() => {
            fail(
              `did not answer "${type}" within ${formatDuration(most)}; find out where it hangs, or give it more time with timeout:`,
            );
          }, timerDelay(most));
          child.stdin.cork();
          for (const piece of packed({ header: { ...header, type, id }, arrays })) child.stdin.write(piece);
          child.stdin.uncork();
        });
      } finally {
        clearTimeout(timer);
      }
    },
    fault: fail,
    async close() {
      if (broken) return;
      broken = new UserError(`${named} was ended`);
      child.stdin.end();
      const timer = setTimeout(kill, 1000 * grace);
      await new Promise((done) => child.once('close', done));
      clearTimeout(timer);
    },
  };
}

const cure = 'mend it and run the same command again: finished trials are kept';

/**
 * The environment of a program: a script finds the Python package of this version without an installation, and computes in one
 * thread unless the user says otherwise, since approxifer starts a program for each of its threads.
 */
function environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = path.join(packageRoot, 'python');
  const threads = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };
  const traceless = { PYTHONDONTWRITEBYTECODE: '1' }; // Python would write beside its sources: into this program's folder too
  return {
    ...threads,
    ...traceless,
    ...env,
    PYTHONPATH: env.PYTHONPATH ? `${own}${path.delimiter}${env.PYTHONPATH}` : own,
  };
}

/** Lets this process end while the part is open. */
function unref(part: ChildProcessWithoutNullStreams | object): void {
  if ('unref' in part && typeof part.unref === 'function') part.unref();
}
