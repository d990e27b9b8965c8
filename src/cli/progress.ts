import { formatDuration } from '../util/units.ts';
import { isTerminal } from './print.ts';

/** Shows how far the stages of a run are; on a terminal only, on stderr. */
export interface Progress {
  update(stage: string, done: number, total: number): void;
  stop(): void;
}

/** Seconds until all is done, asked each time that a trial ends: `now` since the stage began, `left` trials not yet done. */
export type TimeLeft = (now: number, left: number) => number;

/**
 * Estimates the time left from the mean duration of the trials so far, given that all cost the same. A thread begins its
 * next trial when it ends one, so the last `threads` ends are also when the trials under way began: what these have
 * done already is taken off. Without that, threads in step are off by a whole trial after every end but their last.
 */
export function timeLeft(threads: number): TimeLeft {
  const begins: number[] = new Array(threads).fill(0);
  let done = 0;
  return (now, left) => {
    done += 1;
    begins.push(now);
    begins.shift();
    const busy = begins.reduce((sum, begin) => sum + begin, 0);
    const underWay = begins.slice(0, left);
    const begun = underWay.reduce((sum, begin) => sum + now - begin, 0);
    return left === 0 ? 0 : Math.max(0, (left * busy) / done - begun) / underWay.length;
  };
}

/** @param threads trials under way at a time */
export async function startProgress(threads: number): Promise<Progress> {
  if (!isTerminal()) return { update() {}, stop() {} };
  const { SingleBar, Presets } = await import('cli-progress');
  const bar = new SingleBar(
    {
      stream: process.stderr,
      format: '{stage} {bar} {value}/{total} | ETA {left}',
      hideCursor: true,
      clearOnComplete: true,
      fps: 5,
    },
    Presets.shades_classic,
  );
  let stage = '';
  let started = 0;
  let last = 0;
  let estimate = timeLeft(threads);
  return {
    update(name, done, total) {
      const begins = name !== stage || done < last; // tuning: true and oracle are two stages of one name
      last = done;
      if (begins) {
        if (stage) bar.stop();
        stage = name;
        started = performance.now();
        estimate = timeLeft(threads);
        bar.start(total, done, { stage, left: '…' });
        return;
      }
      const left = estimate((performance.now() - started) / 1000, total - done);
      bar.update(done, { stage, left: formatDuration(left) });
    },
    stop() {
      if (stage) bar.stop();
    },
  };
}
