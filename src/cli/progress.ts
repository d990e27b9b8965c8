import { formatDuration } from '../util/units.ts';

/** Shows how far the stages of a run are; on a terminal only, on stderr. */
export interface Progress {
  update(stage: string, done: number, total: number): void;
  stop(): void;
}

export async function startProgress(): Promise<Progress> {
  if (!process.stderr.isTTY) return { update() {}, stop() {} };
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
  let first = 0;
  let last = 0;
  return {
    update(name, done, total) {
      const begins = name !== stage || done < last; // tuning: true and oracle are two stages of one name
      last = done;
      if (begins) {
        if (stage) bar.stop();
        stage = name;
        started = performance.now();
        first = done;
        bar.start(total, done, { stage, left: '…' });
        return;
      }
      // the mean time of the trials so far: they all cost the same
      const perTrial = (performance.now() - started) / 1000 / Math.max(1, done - first);
      bar.update(done, { stage, left: formatDuration(perTrial * (total - done)) });
    },
    stop() {
      if (stage) bar.stop();
    },
  };
}
