/** Points are inferred in calls of at most this many numbers, which bounds the memory of the activations. */
const maxNumbersPerCall = 16 * 150_528;

/** … and of at most this many points: the activations of more leave the processor's cache (LeNet5: 3 to 5 % a point at 100). */
const maxPointsPerCall = 50;

/**
 * How many points go into one call at most. It changes low bits of the answers, so it follows from the model alone: never from
 * the machine, its memory, the jobs or the shard.
 * @param fixed the only count that a call takes, where the model has one
 */
export function pointsACall(size: number, fixed?: number): number {
  return fixed ?? Math.max(1, Math.min(maxPointsPerCall, Math.floor(maxNumbersPerCall / size)));
}

/**
 * `infer` of a model from calls of a bounded size.
 * @param size numbers of a point, D
 * @param outputs numbers of an answer, m
 * @param call infers points [count, D], as [count, m]
 * @param fixed the only count that `call` takes, where the model has one: the last call is filled up with zeros
 */
export function inCalls(
  size: number,
  outputs: number,
  call: (points: Float32Array, count: number) => Promise<Float32Array>,
  fixed?: number,
): (points: Float32Array, count: number) => Promise<Float32Array> {
  const most = pointsACall(size, fixed);
  return async (points, count) => {
    if (count === fixed || (!fixed && count <= most)) return call(points.subarray(0, count * size), count);
    const all = new Float32Array(count * outputs);
    for (let from = 0; from < count; from += most) {
      const part = Math.min(most, count - from);
      let piece = points.subarray(from * size, (from + part) * size);
      if (fixed && part < fixed) {
        const filled = new Float32Array(fixed * size);
        filled.set(piece);
        piece = filled;
      }
      const answers = await call(piece, fixed ?? part);
      all.set(answers.subarray(0, part * outputs), from * outputs);
    }
    return all;
  };
}
