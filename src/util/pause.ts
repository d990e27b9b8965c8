import { seconds } from './clock.ts';

/** Lets the event loop run now and then in long computations, so that signals are answered. */
export interface Pauses {
  /** Whether it is time: cheap enough to ask in an inner loop. */
  due(): boolean;
  /** Lets everything run that waits. */
  take(): Promise<void>;
}

/** @param every seconds between two pauses */
export function pausesEvery(every: number): Pauses {
  let last = seconds();
  return {
    due: () => seconds() - last > every,
    async take() {
      await new Promise(setImmediate);
      last = seconds();
    },
  };
}
