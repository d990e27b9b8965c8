import { type Connection, type QueueAddress, queuePackage, withConnection } from './connection.ts';
import {
  keys,
  liveWorkers,
  offerIn,
  progressIn,
  queueOptions,
  type StageProgress,
  type WorkerSigns,
} from './protocol.ts';

/** A stage that is being carried out. */
interface StageStatus {
  readonly id: string;
  readonly experiment: string;
  readonly stage: string;
  /** Absent until its coordinator has said so. */
  readonly progress?: StageProgress;
  /** Whether its coordinator lives. */
  readonly coordinated: boolean;
  /** Jobs by state, as BullMQ counts them. */
  readonly jobs: Readonly<Record<string, number>>;
}

export interface QueueStatus {
  readonly stages: readonly StageStatus[];
  readonly workers: readonly WorkerSigns[];
}

/** What goes on in a queue. @throws EnvironmentError when there is no Redis */
export async function queueStatus(address: QueueAddress, onNotice: (line: string) => void): Promise<QueueStatus> {
  const { Queue } = await queuePackage(() => import('bullmq'));
  const look = async ({ redis }: Connection) => {
    const stages: StageStatus[] = [];
    for (const id of await redis.smembers(keys.stages)) {
      const [offered, progress, coordinator] = await redis.mget(
        keys.stage(id),
        keys.progress(id),
        keys.coordinator(id),
      );
      const offer = offered ? offerIn(offered) : undefined;
      if (!offer) continue;
      const { experiment, name } = offer;
      const known = progress ? progressIn(progress) : undefined;
      const queue = new Queue(id, queueOptions(redis));
      const jobs = await queue.getJobCounts('waiting', 'active', 'completed', 'failed');
      await queue.close();
      stages.push({
        id,
        experiment,
        stage: name,
        coordinated: Boolean(coordinator),
        jobs,
        ...(known && { progress: known }),
      });
    }
    return { stages, workers: await liveWorkers(redis) };
  };
  return withConnection(address, onNotice, (connection) => Promise.race([look(connection), connection.lost]));
}
