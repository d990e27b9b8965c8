import type { Command } from 'commander';
import type { QueueAddress } from '../runs/queue/connection.ts';
import { exitCodes } from '../util/errors.ts';
import { jobsOption, queueOption } from './options.ts';
import { say } from './print.ts';
import { listenForSignals } from './session.ts';

export function registerWorker(program: Command): void {
  program
    .command('worker')
    .description('compute units of runs that were started with --queue, until it is ended')
    .addOption(queueOption('where the units are').makeOptionMandatory())
    .option('-j, --jobs <number>', 'threads (default: the cores that this process was given)', jobsOption)
    .addHelpText(
      'after',
      `
Start as many as you like, on any machine, at any time. Models and data that a run names are looked for at the same place,
then by their content below the working directory and the data folders; a worker that has others takes nothing of that run.
Ctrl-C ends a worker after the units under way; SIGTERM gives them back.

Example:
  approxifer worker --queue redis://host`,
    )
    .action(workerCommand);
}

async function workerCommand({ queue, jobs }: { queue: QueueAddress; jobs?: number }): Promise<void> {
  const [{ workFor }, { admit }, { defaultJobs }] = await Promise.all([
    import('../runs/queue/worker.ts'),
    import('./admit.ts'),
    import('../runs/run.ts'),
  ]);
  const leave = new AbortController();
  const giveBack = () => leave.abort();
  process.once('SIGTERM', giveBack).once('SIGHUP', giveBack).once('SIGQUIT', giveBack);
  const interrupt = listenForSignals(() => say('left: the units under way go to other workers'));
  try {
    await workFor(queue, {
      threads: jobs ?? defaultJobs,
      signal: interrupt.signal,
      leave: leave.signal,
      onNotice: say,
      admit,
    });
    say('left: no unit was under way');
    process.exitCode = exitCodes.interrupted;
  } finally {
    interrupt.stopListening();
    process.off('SIGTERM', giveBack).off('SIGHUP', giveBack);
  }
}
