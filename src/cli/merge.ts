import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { files } from '../results/schema.ts';
import { exitCodes } from '../util/errors.ts';
import { print, printJson, say } from './print.ts';
import { runTexts } from './session.ts';

export function registerMerge(program: Command): void {
  program
    .command('merge')
    .description('join the shards of a run; the result is that of the run in one piece')
    .argument('<out>', 'folder of the result')
    .argument('<shards...>', 'folders of the shards, each once')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Example:
  for i in 1 2 3; do approxifer run big.yaml --shard $i/3 --out shard-$i; done
  approxifer merge results/runs/big shard-1 shard-2 shard-3`,
    )
    .action(async (out: string, shards: string[], flags: { json?: boolean }) => {
      const [{ mergeShards }, { csvRecords }, { experimentOf }] = await Promise.all([
        import('../runs/merge.ts'),
        import('../results/csv.ts'),
        import('./load.ts'),
      ]);
      const { kind, recorded } = await experimentOf(shards[0]!);
      const failed = mergeShards(out, shards, recorded, say);
      if (flags.json) {
        const table = csvRecords(readFileSync(path.join(out, files.tableCsv), 'utf8'));
        printJson({ out, ...failed, table });
      } else print(kind.resultText(out));
      say(`results in ${out}`);
      if (failed.failures === 0) return;
      say(runTexts.failed(failed));
      process.exitCode = exitCodes.failed;
    });
}
