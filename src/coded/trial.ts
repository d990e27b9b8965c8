import { dependsOnBatch } from '../codecs/encoder.ts';
import type { Dataset } from '../datasets/dataset.ts';
import type { BatchTruth } from '../metrics/inference.ts';
import type { Measured } from '../metrics/measure.ts';
import type { MetricName } from '../metrics/table.ts';
import type { DecodeFailure } from '../util/errors.ts';
import { pausesEvery } from '../util/pause.ts';
import type { Reply, Task, Workers } from '../workers/workers.ts';
import { type AnsweredBatch, type Attempt, attempt, conclude, requestsOf } from './attempt.ts';
import type { CodedConfig } from './config.ts';
import { type DecodeOutcome, type Decoding, localDecoding } from './decode.ts';
import { drawUnread, type ImagePool, type LabelledBatch, pointSize } from './draw.ts';
import { encodings, taskOf } from './encode.ts';
import { isFailure } from './failure.ts';
import { inTimeDraws } from './faults.ts';
import type { OpenPlan } from './outside.ts';
import type { Cell, CodedBatch, Plan } from './plan.ts';
import type { QueryAnswers } from './recall.ts';
import { type TrialRecord, type TrialResult, trialRecord } from './record.ts';
import { trialStreams } from './streams.ts';
import { scales, truthOf } from './truth.ts';

/** What trials need from outside: opened once, used for every trial. */
export interface TrialContext {
  readonly config: Pick<CodedConfig, 'seed' | 'patterns' | 'batch'>;
  readonly plan: Plan;
  /** What the base model makes of the queries: decoded outputs are compared with it. */
  readonly truth: QueryAnswers;
  readonly workers: Workers;
  readonly dataset: Dataset;
  /** Which images trials draw from: those of the report or those kept for tuning. */
  readonly images: ImagePool;
  readonly metricNames: readonly MetricName[];
  /** Default: the cells' own decoders, in this process. */
  readonly decoding?: Decoding;
  /** Schemes that decode in their own way. */
  readonly outside?: Pick<OpenPlan, 'decoding'>;
  /** Sees what a trial comes by on its way. */
  readonly watch?: TrialWatch | undefined;
}

/** Looks at the steps of a trial, in their order; arrays may be used again after the call. */
export interface TrialWatch {
  /** A coded batch was answered. */
  answered?(coded: CodedBatch, answered: AnsweredBatch, task: Task, reply: Reply): void | Promise<void>;
  /** A cell was decoded under a pattern. */
  decoded?(
    attempted: Attempt,
    pattern: number,
    outcome: DecodeOutcome | undefined,
    measured: Measured | DecodeFailure,
  ): void;
}

/** Seconds without a pause after which a signal would seem to be ignored. */
const longestSilence = 0.2;

/**
 * Cells that wait for the decoder at a time: enough for a message to another process, few enough that what waits stays in a
 * cache and in memory.
 */
const waitingCells = 64;

/** `blockRunner` for one trial at a time. */
export function trialRunner(context: TrialContext): (trial: number) => Promise<TrialResult> {
  const run = blockRunner(context);
  return async (trial) => (await run([trial]))[0]!;
}

/**
 * Runs trials: draw, encode, ask the workers, apply faults, locate, decode, measure. What the trials of a block decode comes to the
 * decoder together. Not reentrant: buffers are reused.
 */
export function blockRunner(context: TrialContext): (trials: readonly number[]) => Promise<TrialResult[]> {
  const { config, plan, truth: base, workers, dataset, images, metricNames, watch } = context;
  const { patterns = 1 } = config;
  const D = pointSize(dataset);
  const most = Math.max(...plan.codedBatches.map(({ K }) => K));
  /** Queries by place in the block: a decoder may look at them when those of the next trial are drawn. */
  const queries: Float32Array<ArrayBuffer>[] = [];
  const room = oneArray();
  const encode = encodings();
  const pauses = pausesEvery(longestSilence);
  const here = context.decoding ?? localDecoding(pauses);
  const decoding = context.outside?.decoding(here) ?? here;
  // λ is tuned on drawn batches in any case: on a single one it would be fitted to that
  const fixed = config.batch === 'fixed' && images.purpose === 'report';
  const kept = new Map<CodedBatch, AnsweredBatch>();

  return async (trials) => {
    const waiting: Waiting[] = [];
    const records: TrialRecord[] = [];
    for (const [place, trial] of trials.entries()) {
      queries[place] ??= new Float32Array(most * D);
      records.push(await begin(trial, queries[place], waiting, trials.length > 1));
    }
    await finish(waiting);
    return trials.map((trial, place) => records[place]!.finish(trial));
  };

  /**
   * A trial up to its last decodes.
   * @param buffer for its queries
   * @param waiting decodes of the block that nobody did yet
   * @param keeps whether decodes may wait for those of other trials
   */
  async function begin(
    trial: number,
    buffer: Float32Array<ArrayBuffer>,
    waiting: Waiting[],
    keeps: boolean,
  ): Promise<TrialRecord> {
    const streams = trialStreams(config.seed, images.purpose, trial);
    const batchStreams = fixed ? trialStreams(config.seed, images.purpose, 0) : streams;
    const inTime = inTimeDraws(streams);
    const record = trialRecord(plan.cells.length, metricNames);
    let drawn: Drawn | undefined;
    for (const coded of plan.codedBatches) {
      const answered = kept.get(coded) ?? (await answersOf(coded));
      if (fixed) kept.set(coded, answered);
      for (const round of rounds(coded, patterns, waitingCells)) {
        for (const { cell, pattern } of round) {
          if (record.hasFailed(cell.index)) continue;
          if (pauses.due()) await pauses.take();
          waiting.push({ attempted: attemptOf(cell, pattern, answered), pattern, record });
        }
        if (!keeps || waiting.length >= waitingCells) await finish(waiting);
      }
    }
    return record;

    async function answersOf(coded: CodedBatch): Promise<AnsweredBatch> {
      if (drawn?.batch.K !== coded.K) drawn = await draw(coded.K);
      return ask(coded, drawn);
    }

    async function draw(K: number): Promise<Drawn> {
      const batch = drawUnread(dataset, images, K, batchStreams.batch(), buffer.subarray(0, K * D));
      return { batch, truth: truthOf(await base.of(batch), base.m, batch.labels) };
    }

    async function ask(coded: CodedBatch, { batch, truth }: Drawn): Promise<AnsweredBatch> {
      const { encoder, cells } = coded;
      if (dependsOnBatch(encoder) || cells.some(looksAtQueries)) await batch.read();
      const prepared = encode(encoder, batch, await encoder.pointsOf?.(batch));
      const task = taskOf(prepared, batch, truth.outputs, room);
      const reply = await workers.ask(task);
      const answered = { batch, encoding: prepared.encoding, on: scales(truth, reply) };
      await watch?.answered?.(coded, answered, task, reply);
      return answered;
    }

    function attemptOf(cell: Cell, pattern: number, answered: AnsweredBatch): Attempt {
      const { N } = cell;
      const condition = plan.conditions[cell.condition]!;
      return attempt(cell, condition, answered, {
        inTime: inTime(pattern, N, condition),
        noise: () => streams.noise(pattern, N),
        attack: () => streams.attack(pattern, N, condition.E, condition.attack!),
        decode: () => streams.decode(pattern, N, condition),
      });
    }
  }

  /** Decodes what waits, and measures it. */
  async function finish(waiting: Waiting[]): Promise<void> {
    const attempts = waiting.splice(0);
    if (attempts.length === 0) return;
    const requests = attempts.map(({ attempted }) => requestsOf(attempted));
    const outcomes = (await decoding.decode(requests.flat())).values();
    attempts.forEach(({ attempted, pattern, record }, i) => {
      const { index } = attempted.cell;
      const own = requests[i]!.map(() => outcomes.next().value!);
      if (record.hasFailed(index)) return;
      const measured = conclude(attempted, own, metricNames);
      watch?.decoded?.(attempted, pattern, own[0], measured);
      record.add(index, attempted.survivors, isFailure(measured) ? undefined : measured);
      if (isFailure(measured)) record.fail(index, measured.message);
    });
  }
}

/** Gives arrays of any length in one memory, which grows. */
function oneArray(): (length: number) => Float32Array<ArrayBuffer> {
  let memory = new Float32Array(0);
  return (length) => {
    if (memory.length < length) memory = new Float32Array(length);
    return memory.subarray(0, length);
  };
}

/** A decode that waits for its turn, and the trial that it is of. */
interface Waiting {
  readonly attempted: Attempt;
  readonly pattern: number;
  readonly record: TrialRecord;
}

interface Drawn {
  readonly batch: LabelledBatch;
  readonly truth: BatchTruth;
}

/** Whether decoding a cell takes the queries themselves. */
function looksAtQueries({ codec: { decoder, locator } }: Cell): boolean {
  return !decoder.ignoresQueries || (locator !== undefined && !locator.ignoresQueries);
}

/** The cells of a coded batch under every pattern, `most` at a time. */
function* rounds(
  { cells }: CodedBatch,
  patterns: number,
  most: number,
): Generator<{ readonly cell: Cell; readonly pattern: number }[]> {
  let round: { cell: Cell; pattern: number }[] = [];
  for (let pattern = 0; pattern < patterns; pattern++)
    for (const cell of cells) {
      round.push({ cell, pattern });
      if (round.length === most) {
        yield round;
        round = [];
      }
    }
  if (round.length > 0) yield round;
}
