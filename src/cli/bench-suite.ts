import path from 'node:path';
import type { Command } from 'commander';
import { collect, defaultOut, jobsOption, wholeNumber } from './options.ts';
import { jsonText } from './print.ts';
import type { SessionHooks } from './session.ts';

interface BenchFlags {
  out: string;
  trials?: number;
  add?: string[];
  jobs?: number;
  store: boolean;
  json?: boolean;
}

export function registerBenchSuite(program: Command): void {
  program
    .command('bench-suite')
    .description('run the fixed set of small tracks over the schemes and print the board, ties marked')
    .option(
      '-o, --out <folder>',
      'folder of the runs, a folder a track, and of board.md and board.csv',
      defaultOut('bench'),
    )
    .option(
      '--add <entry>',
      'a scheme more, as an entry of schemes:, such as {nercc: {lambdaDec: 1e-5, label: mine}}; may be repeated',
      collect,
    )
    .option('--trials <number>', 'instead of the 200 of each track', wholeNumber(2))
    .option('-j, --jobs <number>', 'threads (default: the cores that this process was given)', jobsOption)
    .option('--no-store', 'compute every answer of the models again, and keep none')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
A track is the packaged config bench/<name>; the same command goes on after an interrupt, and prints the board of
finished tracks again. The number is the MSE, the smallest in bold. By the 95 % interval of the difference from the smallest over the same trials: "=" (tie) holds 0 and stays within ±10 % of the smallest mean, "?"
(undecided) holds 0 and reaches further, no mark is larger. The order of rows counts the smallest and the ties. Rounding is a tie; fewer
than 8 trials tell nobody apart; lines under the board say why a "?" is one. "!": not every trial was decoded, so nothing is compared.

Uncoded, which has no spare worker, and ParM, whose parity network is of one model and K, are in bench/few alone. Not in it: learned codes
(their networks are of K = 2 and 5), NeRCC with a tuned λ and kriging with c: auto (each is first chosen on further queries).

Examples:
  approxifer bench-suite
  approxifer bench-suite --add '{external: {command: [python3, mine.py], label: mine}}' --out results/runs/bench-mine`,
    )
    .action(async (flags: BenchFlags) => {
      process.exitCode = await benchSuite(flags);
    });
}

async function benchSuite(flags: BenchFlags): Promise<number> {
  const [board, { suiteDocuments }, { writeWhole }] = await Promise.all([
    import('../tables/leaderboard.ts'),
    import('./bench-documents.ts'),
    import('../util/atomic.ts'),
  ]);
  const { suiteVersion, tracks } = board;
  const [{ loadConfig }, { carryOut, defaultJobs }, { runSession, runTexts }, { settleStore, userStore }] =
    await Promise.all([
      import('./load.ts'),
      import('../runs/run.ts'),
      import('./session.ts'),
      import('./answer-store.ts'),
    ]);
  const documents = await suiteDocuments(flags.add ?? [], flags.trials);
  const jobs = flags.jobs ?? defaultJobs;
  const folders = new Map(tracks.map(({ name }) => [name, path.join(flags.out, name)]));
  const work = async (hooks: SessionHooks) => {
    const total = { complete: true, failures: 0, failureFiles: [] as string[], done: 0 };
    const effort = { inferred: 0, saved: 0 };
    const store = flags.store ? userStore() : undefined;
    for (const { name, document } of documents) {
      const { loaded } = await loadConfig(document);
      const outcome = await carryOut(loaded.experiment({ ...document, store }), {
        ...hooks,
        out: folders.get(name)!,
        jobs,
      }).catch((error: unknown) => {
        throw document.located(error);
      });
      effort.inferred += outcome.inferred;
      effort.saved += outcome.saved;
      total.complete = outcome.complete;
      if (!outcome.complete) break;
      total.done++;
      total.failures += outcome.failures;
      total.failureFiles.push(...outcome.failureFiles);
    }
    await settleStore(store, effort, hooks.onNotice);
    return total;
  };
  const results = () => {
    const rows = board.leaderboard(folders);
    const { trials, seed } = documents[0]!.document.data;
    const over = flags.trials === undefined ? '' : ", which is not the suite's number";
    const names = tracks.map(({ name }) => name);
    const notes = [board.boardLegend, ...board.boardNotes(rows)].join('\n');
    const what = tracks.map(({ name, summary }) => `${name}: ${summary}`).join('; ');
    const head = `Bench suite, version ${suiteVersion}: MSE over ${trials} trials a track${over}, seed ${seed ?? 1}`;
    const text = `${head}\n\n${board.leaderboardMarkdown(rows, names)}\n\n${notes}\nTracks: ${what}.\n`;
    writeWhole(path.join(flags.out, 'board.md'), text);
    writeWhole(path.join(flags.out, 'board.csv'), board.leaderboardCsv(rows));
    if (!flags.json) return text;
    return jsonText({
      version: suiteVersion,
      rows: rows.map(({ scheme, standings }) => ({ scheme, tracks: Object.fromEntries(standings) })),
    });
  };
  return runSession(documents[0]!.document, flags.out, work, { ...runTexts, results }, jobs);
}
