import type { Command } from 'commander';
import type { QueueAddress } from '../runs/queue/connection.ts';
import { formatDuration } from '../util/units.ts';
import { queueOption } from './options.ts';
import { print, printJson, printTable, say } from './print.ts';

/** `approxifer queue status`. */
export function registerQueue(program: Command): void {
  program
    .command('queue')
    .description('what goes on in a queue')
    .command('status')
    .description('runs under way, how far they are, and the workers')
    .addOption(queueOption('which queue').makeOptionMandatory())
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  approxifer queue status --queue redis://host')
    .action(statusCommand);
}

async function statusCommand({ queue, json }: { queue: QueueAddress; json?: boolean }): Promise<void> {
  const { queueStatus } = await import('../runs/queue/status.ts');
  const status = await queueStatus(queue, say);
  if (json) return printJson(status);
  const { stages, workers } = status;
  if (stages.length === 0) print('no run is under way\n');
  else
    printTable(
      ['run', 'stage', 'done', 'left', 'workers', 'coordinator'],
      stages.map(({ id, experiment, stage, progress, coordinated }) => [
        experiment,
        stage,
        progress ? `${progress.done} of ${progress.total}` : '–',
        progress?.secondsLeft === undefined ? '–' : formatDuration(progress.secondsLeft),
        String(workers.filter((worker) => worker.stage === id).length),
        coordinated ? 'lives' : 'silent: start the run again to go on',
      ]),
    );
  for (const {
    process: { host, pid },
    threads,
    stage,
    refused,
  } of workers) {
    const run = stages.find(({ id }) => id === stage)?.experiment;
    print(`worker ${pid} on ${host}, ${threads} threads: ${run ?? 'idle'}\n`);
    for (const [name, why] of Object.entries(refused)) print(`  takes nothing of ${name}: ${why}\n`);
  }
}
