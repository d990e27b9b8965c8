/** Answers that were computed before, and are kept, by what they are answers to. Whoever carries a run out has such a store. */
export interface AnswerStore {
  /**
   * @param what decides the answers but for their ids: equal values, equal answers
   * @param shown names for people
   */
  group(what: Readonly<Record<string, unknown>>, shown: Readonly<Record<string, string>>): AnswerGroup;
}

/** Answers of one sort. */
export interface AnswerGroup {
  /** @returns [points, m] bit for bit as they were computed; undefined where they have to be */
  read(id: string): Float32Array | undefined;
  write(id: string, answers: Float32Array): void;
}
