import { describe, expect, it } from 'vitest';
import { Recoding } from '../../../src/kinds/training/recoding.ts';

const workers = [0, 1, 2, 3];
/** Durations of answers in the order of the workers. */
const answers = (...seconds: number[]) => new Map(seconds.map((duration, worker) => [worker, duration]));

/** One iteration: a round in which worker 3 takes so long, and the decision after it. */
function iteration(recoding: Recoding, slowest: number, decision: Parameters<Recoding['decide']>[0]): boolean {
  recoding.observe(workers, answers(1, 1, 1, slowest));
  recoding.computed(0.5);
  return recoding.decide(decision);
}

describe('re-coding', () => {
  it('takes a worker for late that needs more than twice the median, until it is in time again', () => {
    const recoding = new Recoding('never');
    recoding.observe(workers, answers(1, 1, 1, 2));
    expect(recoding.isLate(3)).toBe(false);
    recoding.observe(workers, answers(1, 1, 1, 2.1));
    expect(recoding.isLate(3)).toBe(true);
    recoding.observe(workers, answers(1, 1, 1)); // not waited for: it keeps its standing
    expect(recoding.isLate(3)).toBe(true);
    recoding.observe(workers, answers(1, 1, 1, 1));
    expect(recoding.isLate(3)).toBe(false);
    recoding.observe(workers, answers(1, 1, 3)); // two are late, the one that never answered as well
    expect([2, 3].map((worker) => recoding.isLate(worker))).toEqual([true, true]);
  });

  it('always: at once when a late worker was waited for, back after three iterations that allow it', () => {
    const recoding = new Recoding('always');
    recoding.encoded(100);
    expect(iteration(recoding, 1, { K: 3, target: 3, remaining: 9 })).toBe(false);
    expect(iteration(recoding, 5, { K: 3, target: 2, remaining: 9 })).toBe(true);
    recoding.encoded(100);
    const back = [1, 2, 3].map(() => iteration(recoding, 1, { K: 2, target: 3, remaining: 9 }));
    expect(back).toEqual([false, false, true]);
    expect(iteration(recoding, 5, { K: 3, target: 0, remaining: 9 })).toBe(false); // nobody would be left
    expect(iteration(recoding, 5, { K: 3, target: 2, remaining: 0 })).toBe(false); // nothing to gain any more
  });

  it('paying: when what three iterations in a row could have saved is more than encoding costs', () => {
    // 5 - 1 = 4 s of waiting are saved an iteration, and blocks of a half instead of a third cost 0.25 s more
    const decisions = (slowest: readonly number[], encodingSeconds: number) => {
      const recoding = new Recoding('paying');
      recoding.encoded(encodingSeconds);
      return slowest.map((seconds) => iteration(recoding, seconds, { K: 3, target: 2, remaining: 10 }));
    };
    expect(decisions([5, 5, 5], 37.4)).toEqual([false, false, true]);
    expect(decisions([5, 5, 5], 37.6)).toEqual([false, false, false]);
    expect(decisions([5, 1, 5, 5, 5], 10)).toEqual([false, false, false, false, true]); // one iteration may wait by chance
  });

  it('never', () => {
    const recoding = new Recoding('never');
    expect(
      [5, 5, 5, 5].map((seconds) => iteration(recoding, seconds, { K: 3, target: 2, remaining: 9 })),
    ).not.toContain(true);
  });
});
