import type { Command } from 'commander';
import { files } from '../results/schema.ts';
import { exitCodes } from '../util/errors.ts';
import { printJson, say } from './print.ts';
import { nextCommand, runTexts } from './session.ts';
import { printTables } from './terminal.ts';

export function registerMerge(program: Command): void {
  program
    .command('merge')
    .description('join the shards of a run; the result is that of the run in one piece')
    .argument('<out>', 'folder of the result')
    .argument('<shards...>', 'folders of the shards, each once; or the folder that they are in')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Example:
  for i in 1 2 3; do approxifer run big.yaml --shard $i/3 --out parts/$i; done
  approxifer merge results/runs/big parts/1 parts/2 parts/3
  approxifer merge results/runs/big parts`,
    )
    .action(async (out: string, given: string[], flags: { json?: boolean }) => {
      const [{ mergeShards, shardFolders }, { csvRecords }, { readRunText }, { experimentOf }] = await Promise.all([
        import('../runs/merge.ts'),
        import('../results/csv.ts'),
        import('../results/run-files.ts'),
        import('./load.ts'),
      ]);
      const shards = shardFolders(given);
      const { kind, recorded } = await experimentOf(shards[0]!);
      const failed = await mergeShards(out, shards, recorded, say);
      if (flags.json) {
        const table = csvRecords(readRunText(out, files.tableCsv));
        printJson({ out, ...failed, table });
      } else printTables(kind.resultText(out));
      say(`results in ${out}`);
      say(`next: ${nextCommand(out)}`);
      if (failed.failures === 0) return;
      say(runTexts.failed(failed));
      process.exitCode = exitCodes.failed;
    });
}
