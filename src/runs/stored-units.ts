import type { FileBytes } from '../util/file-bytes.ts';
import type { UnitOutcome, UnitResults } from './stage.ts';

/** A unit as it stands in a file. */
export interface StoredUnit<Result> {
  /** Its lines of the finished file. */
  readonly rows: string;
  readonly outcome: UnitOutcome<Result>;
}

/** Units that are read from their file when they are asked for: in memory is only where they stand, since there may be millions. */
export class StoredUnits<Result> implements UnitResults<Result> {
  readonly #bytes: FileBytes;
  readonly #parse: (unit: string, text: string) => StoredUnit<Result>;
  /** Places of the units in `#starts` and `#ends`, in the order of the stage. */
  readonly #places: ReadonlyMap<string, number>;
  /** Where the text of each begins and ends; 0 and 0 where it is not there. */
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;
  #size = 0;

  /** @param parse the unit that a text of the file is of */
  constructor(
    bytes: FileBytes,
    places: ReadonlyMap<string, number>,
    parse: (unit: string, text: string) => StoredUnit<Result>,
  ) {
    this.#bytes = bytes;
    this.#places = places;
    this.#parse = parse;
    this.#starts = new Float64Array(places.size);
    this.#ends = new Float64Array(places.size);
  }

  get size(): number {
    return this.#size;
  }

  has(unit: string): boolean {
    return this.#ends[this.#places.get(unit) ?? -1]! > 0;
  }

  /** Notes where a unit of the stage stands. @throws RangeError for one of another stage */
  add(unit: string, start: number, end: number): void {
    const place = this.#places.get(unit);
    if (place === undefined) throw new RangeError(`no unit ${unit} in this stage`);
    if (!this.has(unit)) this.#size++;
    this.#starts[place] = start;
    this.#ends[place] = end;
  }

  get(unit: string): UnitOutcome<Result> | undefined {
    return this.read(unit)?.outcome;
  }

  read(unit: string): StoredUnit<Result> | undefined {
    if (!this.has(unit)) return undefined;
    const place = this.#places.get(unit)!;
    const [start, length] = [this.#starts[place]!, this.#ends[place]! - this.#starts[place]!];
    return this.#parse(unit, this.#bytes.from(start, length).toString('utf8', 0, length));
  }

  /** In the order of the stage. */
  *keys(): Generator<string> {
    for (const unit of this.#places.keys()) if (this.has(unit)) yield unit;
  }

  /** In the order of the stage. */
  *values(): Generator<UnitOutcome<Result>> {
    for (const unit of this.keys()) yield this.get(unit)!;
  }
}

/** The places of the units of a stage, for `StoredUnits`. */
export function placesOf(units: readonly string[]): ReadonlyMap<string, number> {
  return new Map(units.map((unit, place) => [unit, place]));
}

/** The outcomes of some units. @param units ids in the order of the stage */
export function resultsOf<Result>(
  units: readonly string[],
  get: (unit: string) => UnitOutcome<Result>,
): UnitResults<Result> {
  return {
    size: units.length,
    get,
    *values() {
      for (const unit of units) yield get(unit);
    },
  };
}
