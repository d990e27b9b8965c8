import { availableParallelism } from 'node:os';
import path from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import type { OptionOverride } from '../config/load.ts';
import { queueAddress } from '../runs/queue/connection.ts';
import { taskOf } from '../util/batch-system.ts';
import { UserError } from '../util/errors.ts';

/** Parser of an option that is a whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`Expected a whole number of at least ${least}.`);
  };
}

/** Parser of an option that is a number. */
export function decimalNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Expected a number.');
}

/** Parser of an option that is a number of at least 0. */
export function numberFromZero(text: string): number {
  const value = decimalNumber(text);
  if (value >= 0) return value;
  throw new InvalidArgumentError('Expected a number of at least 0.');
}

/** The override of an option that gives a key of the config another value; none where the option is absent. */
export function optionOverride(option: string, key: string, value: string | number | undefined): OptionOverride[] {
  return value === undefined ? [] : [{ option, key, value: String(value) }];
}

/** Parser of `--jobs`: threads that could do something. */
export function jobsOption(text: string): number {
  const jobs = wholeNumber(1)(text);
  const cores = availableParallelism();
  const most = Math.max(64, 4 * cores);
  if (jobs <= most) return jobs;
  throw new InvalidArgumentError(
    `At most ${most}: this machine has ${cores} cores, and each thread holds models and data of its own.`,
  );
}

/** Collects an option that may be given several times. */
export function collect(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, value];
}

/** `--shard 3/8`, or `--shard auto/8` in a job of a batch system. */
export function shardOption(text: string): { index: number; count: number } {
  const match = /^(\d+|auto)\/(\d+)$/.exec(text);
  const count = Number(match?.[2]);
  const index = match?.[1] === 'auto' && count >= 1 ? taskIndex(count) : Number(match?.[1]);
  if (match && index >= 1 && index <= count) return { index, count };
  throw new InvalidArgumentError('Expected such as 3/8: shard 3 of 8, counted from 1; in a batch system auto/8.');
}

function taskIndex(count: number): number {
  try {
    return taskOf(count);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

/** `--queue redis://host`. */
export function queueOption(description: string): Option {
  return new Option('--queue <address>', `${description}; such as redis://host:6379/0, rediss://user@host`).argParser(
    (text) => queueAddress(text),
  );
}

/** Parses an option that is a list of numbers, such as `0.485,0.456,0.406`. */
export function numbers(text: string): number[] {
  const values = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (!values.every(Number.isFinite)) throw new InvalidArgumentError('Expected numbers with commas between them.');
  return values;
}

/** The default folder of an experiment's results. */
export function defaultOut(name: string): string {
  return path.join('results', 'runs', name);
}

/** What the numbers of a list are, for messages. */
interface Numbered {
  readonly option: string;
  /** Such as `worker`. */
  readonly one: string;
  /** The letter of their number, such as `N`. */
  readonly all: string;
  /** They are 0 to `count` - 1. */
  readonly count: number;
}

/**
 * Numbers and ranges of them with commas between, such as `0,2,5-40`.
 * @returns ascending
 * @throws UserError when the text is something else, or a number is too large or comes twice
 */
export function numberList(text: string, { option, one, all, count }: Numbered): number[] {
  const chosen = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part);
    if (!match) throw new UserError(`${option}: "${part}" is neither a ${one} nor a range, such as 0,2,5-40`);
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (last < first) throw new UserError(`${option}: ${part} runs backwards`);
    if (last >= count)
      throw new UserError(`${option}: there is no ${one} ${last}; ${all} = ${count} ${one}s are 0 to ${count - 1}`);
    for (let number = first; number <= last; number++) {
      if (chosen.has(number)) throw new UserError(`${option}: ${one} ${number} comes twice`);
      chosen.add(number);
    }
  }
  return [...chosen].sort((a, b) => a - b);
}
