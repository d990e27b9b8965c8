import { type VerificationKey, verificationKey, verify } from '../../codecs/freivalds.ts';
import {
  correctAnswers,
  decodeAnswers,
  encodeShares,
  type LagrangeCode,
  lagrangeCode,
  recoveryThreshold,
} from '../../codecs/lagrange.ts';
import { centreAll, type PrimeField } from '../../math/finite-field.ts';
import { type Matrix, matrix } from '../../math/matrix.ts';
import { secretResidues } from '../../util/secret.ts';
import type { Answer, Cluster, Copy, Faults, Work } from './cluster.ts';

/** How a scheme survives faults. All of them are Lagrange codes of degree 1; uncoded is the one without redundancy. */
export interface Strategy {
  /** `correct`: Reed-Solomon over all answers; `verify`: each answer on its own; `trust`: neither. */
  readonly wrongAnswers: 'trust' | 'correct' | 'verify';
  /** Wrong answers that `correct` is prepared for: it waits for two answers more for each. */
  readonly correctable: number;
  /**
   * When the code is changed for the workers that are left. `always`: whenever a late worker had to be waited for (the rule of
   * the AVCC paper), and back when that is no longer so; `paying`: where the waiting it saves in the iterations to come is more
   * than it costs. Both re-code when the honest workers are too few for the code.
   */
  readonly recode: 'never' | 'always' | 'paying';
}

/** The two matrices of field elements that are multiplied: `X` [m, d] and its transpose. */
export type Copies = readonly [Matrix, Matrix];

export interface RoundResult {
  /** The centred residues of the product, [rows of the copy]. */
  readonly values: Float64Array;
  /** Set when the answers were beyond what the code corrects: the values are wrong. */
  readonly decodingFailed: boolean;
  /** Workers whose answers the values come from. */
  readonly used: readonly number[];
}

/** Too few honest workers are left for the code, and the scheme does not re-code. */
export class StalledError extends Error {
  override readonly name = 'StalledError';
}

/** A worker is late when its answer takes longer than this many times the median answer of the round. */
const lateFactor = 2;
/** Iterations in a row that must allow a larger K before `always` goes back to it, or show what `paying` can save. */
const patience = 3;

interface Coded {
  readonly code: LagrangeCode;
  /** Worker of each place in the code. */
  readonly workers: readonly number[];
  readonly rows: readonly [number, number];
  readonly keys: readonly (readonly VerificationKey[])[];
}

/** A master with a strategy: encodes, verifies, decodes and re-codes, on whatever clock the cluster has. */
export class Master {
  readonly #field: PrimeField;
  readonly #copies: Copies;
  readonly #cluster: Cluster;
  readonly #strategy: Strategy;
  readonly #N: number;
  readonly #T: number;
  /** The planned number of blocks, which re-coding never exceeds. */
  readonly #K: number;
  readonly #excluded = new Set<number>();
  readonly #late = new Set<number>();
  #coded!: Coded;
  /** Seconds that the last encoding took, with keys and transfer: the forecast for the next one. */
  #recodeSeconds = 0;
  /** Seconds of this iteration that were spent waiting for late workers, and on the fastest answers' products. */
  #lateWait = 0;
  #productSeconds = 0;
  /** The same of the iterations before, since the last encoding: the latest last. */
  #lateWaits: number[] = [];
  #allowed = 0;

  constructor(
    field: PrimeField,
    copies: Copies,
    cluster: Cluster,
    strategy: Strategy,
    sizes: { K: number; N: number; T: number },
  ) {
    this.#field = field;
    this.#copies = copies;
    this.#cluster = cluster;
    this.#strategy = strategy;
    this.#K = sizes.K;
    this.#N = sizes.N;
    this.#T = sizes.T;
  }

  /** Blocks of the code in use. */
  get K(): number {
    return this.#coded.code.K;
  }

  /** Workers that lied and are not asked any more, ascending. */
  get excluded(): number[] {
    return [...this.#excluded].sort((a, b) => a - b);
  }

  /** The first encoding, with keys and transfer. */
  async start(): Promise<void> {
    await this.#encode(this.#K);
  }

  /**
   * `copy · x` by one coded round.
   * @param x [columns of the copy] integers
   * @throws StalledError
   */
  async multiply(copy: Copy, x: Float64Array): Promise<RoundResult> {
    const vector = centreAll(this.#field, x);
    for (;;) {
      const result = await this.#round(copy, vector);
      if (result) return result;
      if (this.#strategy.recode === 'never') {
        const { threshold } = this.#coded.code;
        throw new StalledError(
          `${this.#N - this.#excluded.size} workers are left that have not lied, and the code needs ${threshold} right answers`,
        );
      }
      await this.#encode(Math.min(this.#K, this.#largestK(true)));
    }
  }

  /** Between two iterations: re-codes where the strategy wants it. @param remaining iterations to come */
  async adapt(remaining: number): Promise<void> {
    const lateWait = this.#lateWait;
    const product = this.#productSeconds;
    this.#lateWait = 0;
    this.#productSeconds = 0;
    this.#lateWaits.push(lateWait);
    if (this.#strategy.recode === 'never' || remaining === 0) return;
    const target = Math.min(this.#K, this.#largestK(false));
    this.#allowed = target > this.K ? this.#allowed + 1 : 0;
    if (target === this.K || target < 1) return;
    // fewer blocks are larger blocks: the product's time goes as 1/K. The least of some iterations: one may wait by chance
    const recent = this.#lateWaits.slice(-patience);
    const saved = (target < this.K ? Math.min(...recent) : 0) + product * (1 - this.K / target);
    const wanted =
      this.#strategy.recode === 'paying'
        ? recent.length === patience && saved * remaining > this.#recodeSeconds
        : target < this.K
          ? lateWait > 0
          : this.#allowed >= patience;
    if (wanted) await this.#encode(target);
  }

  /** The most blocks that the workers left can serve: those in time, or (where nothing else is left) all that are honest. */
  #largestK(mayWait: boolean): number {
    const honest = this.#N - this.#excluded.size;
    const late = [...this.#late].filter((worker) => !this.#excluded.has(worker)).length;
    const inTime = honest - late - this.#T;
    if (inTime >= 1 || !mayWait) return inTime;
    if (honest - this.#T >= 1) return honest - this.#T;
    throw new StalledError(`${honest} workers are left that have not lied: too few for any code with T = ${this.#T}`);
  }

  async #encode(K: number): Promise<void> {
    const began = this.#cluster.now();
    const honest = Array.from({ length: this.#N }, (_, i) => i).filter((i) => !this.#excluded.has(i));
    // the first K places hold the blocks themselves (T = 0): give them to workers that were in time
    const workers = [...honest.filter((i) => !this.#late.has(i)), ...honest.filter((i) => this.#late.has(i))];
    const code = lagrangeCode(this.#field, { K, T: this.#T, N: workers.length, degree: 1 });
    const rows = this.#copies.map(({ rows }) => Math.ceil(rows / K)) as [number, number];
    const keys: VerificationKey[][] = [];
    const factors = code.encoding.data.reduce((count, value) => count + (value === 0 ? 0 : 1), 0);
    for (const copy of [0, 1] as const) {
      const { columns } = this.#copies[copy];
      const size = rows[copy] * columns;
      const shares = this.#cluster.work('recode', { products: factors * size }, () => {
        const masks = matrix(this.#T, size, secretResidues(this.#field.q, this.#T * size));
        return encodeShares(code, blocksOf(this.#copies[copy], K), masks);
      });
      if (this.#strategy.wrongAnswers === 'verify')
        keys[copy] = this.#cluster.work('recode', { products: workers.length * size }, () =>
          workers.map((_, i) => {
            const share = matrix(rows[copy], columns, shares.data.subarray(i * size, (i + 1) * size));
            return verificationKey(this.#field, share, secretResidues(this.#field.q, rows[copy]));
          }),
        );
      await this.#cluster.distribute(copy, workers, shares, rows[copy], columns);
    }
    this.#coded = { code, workers, rows, keys };
    this.#recodeSeconds = this.#cluster.now() - began;
    this.#allowed = 0;
    this.#lateWaits = [];
  }

  /** One attempt at a round. @returns undefined when the workers that are left cannot complete it */
  async #round(copy: Copy, x: Float64Array): Promise<RoundResult | undefined> {
    const { code, workers, keys } = this.#coded;
    const asked = workers.filter((worker) => !this.#excluded.has(worker));
    const { wrongAnswers, correctable } = this.#strategy;
    const needed = code.threshold + (wrongAnswers === 'correct' ? 2 * correctable : 0);
    const began = this.#cluster.now();
    this.#cluster.post(copy, asked, x);
    const accepted: Answer[] = [];
    const durations = new Map<number, number>();
    for (let received = 0; accepted.length < needed; received++) {
      // refused answers may leave fewer than are needed
      if (accepted.length + asked.length - received < needed) break;
      const answer = await this.#cluster.next();
      durations.set(answer.worker, answer.received - began);
      const right =
        wrongAnswers !== 'verify' ||
        this.#cluster.work('verify', { products: x.length + answer.values.length }, () =>
          verify(this.#field, keys[copy]![workers.indexOf(answer.worker)]!, x, answer.values),
        );
      if (right) accepted.push(answer);
      else this.#excluded.add(answer.worker);
    }
    this.#observe(asked, durations);
    const product = Math.min(...accepted.map((answer) => answer.computeSeconds));
    if (accepted.length > 0) {
      this.#cluster.attribute(product);
      this.#productSeconds += product;
    }
    return accepted.length < needed ? undefined : this.#decode(copy, accepted);
  }

  /** Notes who is late; a worker whose answer was neither needed nor overdue keeps its standing. */
  #observe(asked: readonly number[], durations: ReadonlyMap<number, number>): void {
    const sorted = [...durations.values()].sort((a, b) => a - b);
    const limit = lateFactor * (sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.POSITIVE_INFINITY);
    const elapsed = sorted.at(-1) ?? 0;
    for (const worker of asked) {
      const duration = durations.get(worker);
      if ((duration ?? elapsed) > limit) this.#late.add(worker);
      else if (duration !== undefined) this.#late.delete(worker);
    }
    if (elapsed > limit) this.#lateWait += elapsed - sorted.findLast((duration) => duration <= limit)!;
  }

  #decode(copy: Copy, accepted: readonly Answer[]): RoundResult {
    const { code, workers, rows } = this.#coded;
    const width = rows[copy];
    const places = accepted.map(({ worker }) => workers.indexOf(worker));
    const answers = accepted.map(({ values }) => values);
    let decodingFailed = false;
    let foundLiars = false;
    const outputs =
      accepted.length === code.threshold
        ? this.#cluster.work('decode', interpolationWork(code, places, width), () =>
            decodeAnswers(code, places, answers),
          )
        : this.#cluster.work(
            'decode',
            (): Work => correctionWork(code, places, width, decodingFailed || foundLiars),
            () => {
              const corrected = correctAnswers(code, places, answers, secretResidues(this.#field.q, width));
              decodingFailed = corrected === undefined;
              foundLiars = (corrected?.liars.length ?? 0) > 0;
              return corrected?.outputs ?? decodeAnswers(code, places, answers);
            },
          );
    return {
      values: outputs.data.subarray(0, this.#copies[copy].rows), // drop the padding
      decodingFailed,
      used: accepted.map(({ worker }) => worker),
    };
  }
}

/** The rows of a matrix in K equal blocks, with rows of zeros at the end where K does not divide: [K, rows·columns]. */
function blocksOf(a: Matrix, K: number): Matrix {
  const size = Math.ceil(a.rows / K) * a.columns;
  const data = new Float64Array(K * size);
  data.set(a.data);
  return matrix(K, size, data);
}

/** Operations of interpolation: a data node that a worker has costs a copy, and the Lagrange basis comes first. */
function interpolationWork({ K, T, threshold }: LagrangeCode, places: readonly number[], width: number): Work {
  const copied = T > 0 ? 0 : places.slice(0, threshold).filter((place) => place < K).length;
  return { products: ((K - copied) * threshold + copied) * width + threshold * (threshold + K) };
}

/**
 * Operations of decoding with spare answers: whether they are what the others predict, and interpolation. Where they are not:
 * a random combination of the coordinates, Euclid's algorithm on it, and the same check again.
 */
function correctionWork(code: LagrangeCode, places: readonly number[], width: number, wrong: boolean): Work {
  const n = places.length;
  const check = (n - code.threshold) * code.threshold * width;
  const location = wrong ? n * width + 8 * n * n + check : 0;
  return { products: interpolationWork(code, places, width).products! + check + location };
}

/** The largest number of wrong answers a code of N workers can be prepared for, up to `E`. */
export function correctableErrors(K: number, T: number, N: number, E: number): number {
  return Math.min(E, Math.floor((N - recoveryThreshold({ K, T, degree: 1 })) / 2));
}

/** Whether any of the answers used came from a liar: only the experiment knows this, not the master. */
export function usedALie(used: readonly number[], faults: Faults): boolean {
  return faults.attack !== undefined && used.some((worker) => faults.liars.has(worker));
}
