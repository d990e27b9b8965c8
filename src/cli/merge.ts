import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { files } from '../results/schema.ts';
import { exitCodes } from '../util/errors.ts';
import { trialTexts } from './options.ts';
import { printJson } from './print.ts';

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
      const [{ mergeShards }, { csvRecords }] = await Promise.all([
        import('../runs/merge.ts'),
        import('../results/csv.ts'),
      ]);
      const failed = mergeShards(out, shards, (line) => process.stderr.write(`${line}\n`));
      const table = (name: string) => readFileSync(path.join(out, name), 'utf8');
      if (flags.json) printJson({ out, ...failed, table: csvRecords(table(files.tableCsv)) });
      else process.stdout.write(table(files.tableMarkdown));
      process.stderr.write(`results in ${out}\n`);
      if (failed.failures === 0) return;
      process.stderr.write(`${trialTexts.failed(failed)}\n`);
      process.exitCode = exitCodes.failed;
    });
}
