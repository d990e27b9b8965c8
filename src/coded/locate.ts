import type { Locator, Received } from '../codecs/codec.ts';

/** The answers that go to a decoder. */
export interface Located {
  readonly received: Received;
  /** Workers that the locator excluded; absent where the scheme has none. */
  readonly excluded?: Int32Array;
}

/** Leaves out the workers that a locator takes for Byzantine. @throws DecodeFailure when it cannot say */
export function locate(locator: Locator | undefined, received: Received): Located {
  if (!locator) return { received };
  const excluded = locator.locate(received);
  return { received: without(received, excluded), excluded };
}

/** The answers without those of some workers. */
export function without(received: Received, workers: Int32Array): Received {
  return { ...received, survivors: received.survivors.filter((worker) => !workers.includes(worker)) };
}
