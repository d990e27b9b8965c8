import { type VerificationKey, verificationKey, verify } from '../../codecs/freivalds.ts';
import { correctAnswers, decodeAnswers, encodeShares, type LagrangeCode, lagrangeCode } from '../../codecs/lagrange.ts';
import { centreAll, type PrimeField } from '../../math/finite-field.ts';
import { type Matrix, matrix } from '../../math/matrix.ts';
import { secretResidues } from '../../util/secret.ts';
import type { Answer, Cluster, Copy, Faults, Work } from './cluster.ts';
import { Recoding } from './recoding.ts';
import type { CodeSizes } from './schemes.ts';
import type { Strategy } from './strategy.ts';
import { correctionWork, interpolationWork } from './work.ts';

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

interface Coded {
  readonly code: LagrangeCode;
  /** Worker of each place in the code. */
  readonly workers: readonly number[];
  readonly rows: readonly [number, number];
  readonly keys: readonly (readonly VerificationKey[])[];
}

/** A code, and where its masks come from. */
export interface Coding extends CodeSizes {
  /** `count` centred residues mod `q`, uniform. */
  masks(q: number, count: number): Float64Array;
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
  readonly #masks: Coding['masks'];
  readonly #excluded = new Set<number>();
  readonly #recoding: Recoding;
  #coded!: Coded;

  constructor(field: PrimeField, copies: Copies, cluster: Cluster, strategy: Strategy, { K, N, T, masks }: Coding) {
    this.#field = field;
    this.#copies = copies;
    this.#cluster = cluster;
    this.#strategy = strategy;
    this.#recoding = new Recoding(strategy.recode);
    this.#K = K;
    this.#N = N;
    this.#T = T;
    this.#masks = masks;
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
    const target = Math.min(this.#K, this.#largestK(false));
    if (this.#recoding.decide({ K: this.K, target, remaining })) await this.#encode(target);
  }

  /** The most blocks that the workers left can serve: those in time, or (where nothing else is left) all that are honest. */
  #largestK(mayWait: boolean): number {
    const honest = this.#honest().length;
    const late = this.#honest().filter((worker) => this.#recoding.isLate(worker)).length;
    const inTime = honest - late - this.#T;
    if (inTime >= 1 || !mayWait) return inTime;
    if (honest - this.#T >= 1) return honest - this.#T;
    throw new StalledError(`${honest} workers are left that have not lied: too few for any code with T = ${this.#T}`);
  }

  async #encode(K: number): Promise<void> {
    const began = this.#cluster.now();
    const honest = this.#honest();
    const late = (worker: number) => this.#recoding.isLate(worker);
    // the first K places hold the blocks themselves (T = 0): give them to workers that were in time
    const workers = [...honest.filter((worker) => !late(worker)), ...honest.filter(late)];
    const code = lagrangeCode(this.#field, { K, T: this.#T, N: workers.length, degree: 1 });
    const rows = this.#copies.map(({ rows }) => Math.ceil(rows / K)) as [number, number];
    const keys: VerificationKey[][] = [];
    const factors = code.encoding.data.reduce((count, value) => count + (value === 0 ? 0 : 1), 0);
    for (const copy of [0, 1] as const) {
      const { columns } = this.#copies[copy];
      const size = rows[copy] * columns;
      const shares = this.#cluster.work('recode', { products: factors * size }, () => {
        const masks = matrix(this.#T, size, this.#masks(this.#field.q, this.#T * size));
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
    this.#recoding.encoded(this.#cluster.now() - began);
  }

  /** Workers that have not been found lying. */
  #honest(): number[] {
    return Array.from({ length: this.#N }, (_, worker) => worker).filter((worker) => !this.#excluded.has(worker));
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
    this.#recoding.observe(asked, durations);
    const product = Math.min(...accepted.map((answer) => answer.computeSeconds));
    if (accepted.length > 0) {
      this.#cluster.attribute(product);
      this.#recoding.computed(product);
    }
    return accepted.length < needed ? undefined : this.#decode(copy, accepted);
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

/** Whether any of the answers used came from a liar: only the experiment knows this, not the master. */
export function usedALie(used: readonly number[], faults: Faults): boolean {
  return faults.attack !== undefined && used.some((worker) => faults.liars.has(worker));
}
