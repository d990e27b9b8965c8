import { lstatSync, statSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import type { Batch, Decoded, Encoder, Received } from '../codecs/codec.ts';
import { matrix } from '../math/matrix.ts';
import { digestOfFile } from '../util/digest.ts';
import { DecodeFailure, UserError } from '../util/errors.ts';
import { sha256, statUserFile } from '../util/files.ts';
import { printable } from '../util/text.ts';
import { duration } from '../workers/duration.ts';
import { type Code, type OpenedScheme, type OutsideScheme, type Place, unopened } from './outside.ts';
import { type Partner, startPartner } from './partner.ts';
import type { Message, Numbers, WireArray } from './wire.ts';

/** The version of the messages; a program that speaks another one is refused. */
export const protocolVersion = 1;

/** Seconds that a program may take to start: those that load a framework take long. */
const startSeconds = 60;

const options = z.strictObject({
  command: z
    .array(z.string().min(1))
    .min(1)
    .describe('program and arguments, started in the folder of the config: [python3, my_scheme.py]'),
  files: z
    .array(z.string().min(1))
    .optional()
    .describe('files that decide what it does, besides those that the command names: results of others are not mixed'),
  params: z.record(z.string(), z.unknown()).optional().describe('handed to the scheme when it starts'),
  timeout: duration
    .refine((time) => time > 0, 'an answer takes longer than 0 s')
    .prefault('60s')
    .describe('how long an answer may take'),
});
type ExternalOptions = z.output<typeof options>;

/** A scheme in another process, which is asked over its standard input and output (docs/how-to/own-method.md). */
export const external: OutsideScheme<ExternalOptions> = {
  name: 'external',
  summary: 'a scheme of your own in another process, such as a Python script: it encodes and decodes when asked',
  options,
  unlisted: ['command', 'files', 'timeout'],
  label: ({ command }) => {
    const script = command.findLast((word) => /\.\w+$/.test(word)) ?? command[0]!;
    return path.parse(script).name;
  },
  minimumWorkers() {
    throw new UserError('how many workers an external scheme needs is not known; give N');
  },
  workersFormula: 'S + 1',
  ...unopened,
  open: openExternal,
  commandOf: ({ command }) => command.join(' '),
};

/** What the program said of itself. */
interface Capabilities {
  /** Whether it makes coded points itself; otherwise it gives a matrix. */
  readonly encodesPoints: boolean;
  /** Whether its decoder looks at the queries. */
  readonly wantsQueries: boolean;
}

async function openExternal({ command, files, params, timeout }: ExternalOptions, place: Place): Promise<OpenedScheme> {
  const { folder, label } = place;
  const digests = await digestsOf(command, files ?? [], place);
  const partner = startPartner({ command, folder, label, timeout });
  const capabilities = await greet(partner, params ?? {});
  let checked = false;
  return {
    digests,
    ignoresQueries: !capabilities.wantsQueries,
    encoder: (K, N) => encoderOf(partner, capabilities, { K, N }),
    async decode(code, received) {
      const outcomes = new Array<Decoded | DecodeFailure>(received.length);
      for (const places of alike(received, capabilities)) {
        const group = places.map((i) => received[i]!);
        const answer = await askToDecode(partner, capabilities, code, group);
        if (!checked) await checkSame(partner, answer, () => askToDecode(partner, capabilities, code, group));
        checked = true;
        const decoded = outcomesOf(partner, answer, code, group);
        places.forEach((i, j) => {
          outcomes[i] = decoded[j]!;
        });
      }
      return outcomes;
    },
    close: partner.close,
  };
}

/**
 * Digests of the files that the command or `files:` name, by the last part of their names: where they are does not count. Files
 * of one name have one digest together. A program that is found on the path, or installed elsewhere, is not one of them.
 */
async function digestsOf(
  command: readonly string[],
  files: readonly string[],
  { folder, label }: Place,
): Promise<Record<string, string>> {
  const [program = '', ...words] = command;
  const ownProgram = /[/\\]/.test(program) && !path.isAbsolute(program) ? [program] : [];
  const named = [...ownProgram, ...words].filter((word) => isOwnFile(path.resolve(folder, word), word === program));
  const found = new Map<string, string[]>();
  for (const file of new Set([...named, ...files].map((name) => path.resolve(folder, name)))) {
    const name = `${label}: ${path.basename(file)}`;
    found.set(name, [...(found.get(name) ?? []), await digestOf(file)]);
  }
  return Object.fromEntries(
    [...found].map(([name, digests]) => [name, digests.length === 1 ? digests[0]! : sha256(digests.join('\n'))]),
  );
}

async function digestOf(file: string): Promise<string> {
  await statUserFile(file, 'file of an external scheme');
  return digestOfFile(file); // weights may be larger than what is read at once
}

/** Whether a word of a command names a file. A program that is a link belongs to what is installed, such as a virtual environment. */
function isOwnFile(file: string, isProgram: boolean): boolean {
  const entry = (isProgram ? lstatSync : statSync)(file, { throwIfNoEntry: false });
  return entry?.isFile() ?? false;
}

async function greet(partner: Partner, params: object): Promise<Capabilities> {
  const { header } = await partner.ask({
    type: 'hello',
    patience: startSeconds,
    header: { protocol: protocolVersion, params },
  });
  if (header.type !== 'hello' || header.protocol !== protocolVersion)
    throw partner.fault(
      `speaks protocol ${JSON.stringify(header.protocol)}, not ${protocolVersion}; use the Python package that comes with this approxifer`,
    );
  const { encodes = 'matrix', wants = [] } = header;
  if (encodes !== 'matrix' && encodes !== 'points')
    throw partner.fault(`says that it encodes ${JSON.stringify(encodes)}; right is "matrix" or "points"`);
  return { encodesPoints: encodes === 'points', wantsQueries: Array.isArray(wants) && wants.includes('queries') };
}

async function encoderOf(partner: Partner, { encodesPoints }: Capabilities, { K, N }: Code): Promise<Encoder> {
  if (encodesPoints) {
    const pointsOf = async ({ points, D, shape }: Batch) => {
      const queries = { shape: [K, D], data: points.subarray(0, K * D) };
      const answer = await partner.ask({
        type: 'encode-points',
        header: { K, N, ...(shape && { shape }) },
        arrays: { queries },
      });
      return finite(partner, 'points', taken(partner, answer, 'points', [N, D], Float32Array));
    };
    return { K, N, matrix: matrix(N, K), pointsOf };
  }
  const answer = await partner.ask({ type: 'encode', header: { K, N } });
  const data = finite(partner, 'matrix', taken(partner, answer, 'matrix', [N, K], Float64Array));
  return { K, N, matrix: { rows: N, columns: K, data } };
}

/** The places of requests that fit one message: as many outputs and survivors, told of as many liars, the queries where they are sent. */
function alike(received: readonly Received[], { wantsQueries }: Capabilities): number[][] {
  const groups = new Map<string, number[]>();
  const batches = [...new Set(received.map(({ batch }) => batch))];
  received.forEach(({ m, survivors, E, batch }, place) => {
    const key = [m, survivors.length, E, wantsQueries && batches.indexOf(batch)].join();
    const group = groups.get(key);
    if (group) group.push(place);
    else groups.set(key, [place]);
  });
  return [...groups.values()];
}

function askToDecode(
  partner: Partner,
  { wantsQueries }: Capabilities,
  { K, N }: Code,
  group: readonly Received[],
): Promise<Message> {
  const [{ m, survivors: first, E, batch }] = group as [Received];
  const n = first.length;
  const answers = new Float64Array(group.length * n * m);
  const survivors = new Int32Array(group.length * n);
  group.forEach((received, r) => {
    survivors.set(received.survivors, r * n);
    received.survivors.forEach((worker, i) => {
      answers.set(received.answers.subarray(worker * m, (worker + 1) * m), (r * n + i) * m);
    });
  });
  return partner.ask({
    type: 'decode',
    header: { K, N, m, E, seeds: group.map(({ random }) => random().integer(2 ** 32)) },
    arrays: {
      answers: { shape: [group.length, n, m], data: answers },
      survivors: { shape: [group.length, n], data: survivors },
      // they need not have been read otherwise
      ...(wantsQueries && { queries: { shape: [K, batch.D], data: batch.points.subarray(0, K * batch.D) } }),
    },
  });
}

/** @throws UserError when the same request is answered otherwise the second time */
async function checkSame(partner: Partner, first: Message, again: () => Promise<Message>): Promise<void> {
  const second = await again();
  const bytes = ({ header: { id: _, ...header }, arrays }: Message) =>
    JSON.stringify([header, Object.entries(arrays).map(([name, { shape, data }]) => [name, shape, digest(data)])]);
  if (bytes(first) !== bytes(second))
    throw partner.fault(
      'gave two answers to the same request; begin its random numbers with the seed of the request, and keep nothing between requests',
    );
}

function digest(data: Numbers): string {
  return sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function outcomesOf(
  partner: Partner,
  answer: Message,
  { K, N }: Code,
  group: readonly Received[],
): (Decoded | DecodeFailure)[] {
  const [{ m }] = group as [Received];
  const outputs = taken(partner, answer, 'outputs', [group.length, K, m], Float64Array);
  const excluded = answer.arrays.excluded && taken(partner, answer, 'excluded', [group.length, N], Uint8Array);
  const failures = Object(answer.header.failures ?? {}) as Readonly<Record<string, unknown>>;
  return group.map((_, r) => {
    const reason = failures[r];
    if (reason !== undefined) return new DecodeFailure(printable(String(reason), 500)); // of every trial, in memory
    const own = outputs.subarray(r * K * m, (r + 1) * K * m);
    const at = own.findIndex((value) => !Number.isFinite(value));
    if (at >= 0)
      return new DecodeFailure(
        `output ${at % m} of query ${Math.floor(at / m)} is ${own[at]}; decode must give finite numbers`,
      );
    const left = excluded?.subarray(r * N, (r + 1) * N);
    return { outputs: own, ...(left && { excluded: indicesOf(left) }) };
  });
}

function indicesOf(mask: Uint8Array): Int32Array {
  return Int32Array.from([...mask.keys()].filter((i) => mask[i]));
}

/** An array of an answer. @throws UserError when it is absent, or of another shape or type */
function taken<T extends Numbers>(
  partner: Partner,
  { arrays, header }: Message,
  name: string,
  shape: readonly number[],
  type: { new (length: number): T; readonly name: string },
): T {
  const array: WireArray | undefined = arrays[name];
  if (!array) throw partner.fault(`answered ${JSON.stringify(header.type)} without the array "${name}"`);
  if (array.shape.join() !== shape.join())
    throw partner.fault(`gave "${name}" of shape [${array.shape.join(', ')}]; right is [${shape.join(', ')}]`);
  if (!(array.data instanceof type))
    throw partner.fault(`gave "${name}" as ${array.data.constructor.name}, not ${type.name}`);
  return array.data;
}

function finite<T extends Float32Array | Float64Array>(partner: Partner, name: string, data: T): T {
  const at = data.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw partner.fault(`gave "${name}" with ${data[at]} in it; all its numbers must be finite`);
  return data;
}
