/**
 * Puts answers [workers.length, m] into the rows of the workers that gave them.
 * @param answers [N, m] by worker number
 * @param workers their numbers, ascending
 */
export function placeRows(
  answers: Float64Array,
  workers: readonly number[],
  computed: Float32Array | Float64Array,
  m: number,
): void {
  const count = workers.length;
  if (count === 0) return;
  // as a rule all workers, or a run of them: one copy that the engine widens itself
  if (workers[count - 1]! - workers[0]! === count - 1) {
    answers.set(computed.subarray(0, count * m), workers[0]! * m);
    return;
  }
  for (let place = 0; place < count; place++) {
    answers.set(computed.subarray(place * m, (place + 1) * m), workers[place]! * m);
  }
}
