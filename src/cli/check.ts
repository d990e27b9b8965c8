import path from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { exitCodes, UserError } from '../util/errors.ts';
import { visible } from '../util/text.ts';
import { jsonText, print, say } from './print.ts';

interface CheckFlags {
  against: string;
  z: number;
  allowBetter?: boolean;
  anyVersion?: boolean;
  report?: string;
  json?: boolean;
  github?: boolean;
}

/** The commands that compare runs: `check`, `diff`, `accept`. */
export function registerGate(program: Command): void {
  program
    .command('check')
    .description('compare a run with a reference: did a result move?')
    .argument('<run>', 'folder of the run')
    .requiredOption(
      '--against <reference>',
      'folder of the reference or of another run, or a name of "approxifer list references"',
    )
    .option('--z <number>', 'family-wise error rate, in standard deviations (3 is 0.27 %)', positive, 3)
    .option('--allow-better', 'a better result is no failure')
    .option('--any-version', 'compare although approxifer or ONNX Runtime have another version')
    .option('--report <file>', 'write a Markdown report')
    .option('--json', 'print the result as JSON')
    .option('--github', 'print GitHub annotations (with --json: to stderr)')
    .addHelpText(
      'after',
      `
Cells with the same seed and trials must agree to 1e-4 relative; others are judged by both standard errors.
Exit codes: 0 same, 1 worse, 3 nothing compared, 4 better, 5 cells missing, 6 another experiment.

Examples:
  approxifer check results/runs/quickstart --against quickstart
  approxifer check results/runs/quickstart --against baselines/quickstart --report report.md --github`,
    )
    .action(async (run: string, flags: CheckFlags) => {
      process.exitCode = await check(run, flags);
    });

  program
    .command('diff')
    .description('show two runs side by side: settings and results that differ')
    .argument('<run-a>', 'folder of a run')
    .argument('<run-b>', 'folder of another run, or a name of "approxifer list references"')
    .option('--json', 'for machines')
    .addHelpText('after', '\nExample:\n  approxifer diff results/runs/before results/runs/after')
    .action(async (a: string, other: string, flags: { json?: boolean }) => {
      const [{ diffRuns, diffText }, { readResults }, { settledReference, settleReference }] = await Promise.all([
        import('../gate/diff.ts'),
        import('../results/read.ts'),
        import('../gate/accept.ts'),
      ]);
      settleReference(a);
      const b = settledReference(other, a);
      const results = [readResults(a), readResults(b)] as const;
      for (const { changed } of results) if (changed) say(changed);
      const diff = diffRuns(...results);
      print(flags.json ? jsonText(diff) : diffText(diff, [a, b]));
    });

  program
    .command('accept')
    .description('make a run the reference that check compares with')
    .argument('<run>', 'folder of the run')
    .option('--to <reference>', 'folder of the reference (default: results/reference/<name of the experiment>)')
    .addHelpText('after', '\nExample:\n  approxifer accept results/runs/quickstart')
    .action(async (run: string, flags: { to?: string }) => {
      const [{ acceptRun }, { readManifest }, { timestamp }] = await Promise.all([
        import('../gate/accept.ts'),
        import('../results/read.ts'),
        import('../util/clock.ts'),
      ]);
      const target = flags.to ?? path.join('results', 'reference', String(readManifest(run).config.name));
      acceptRun(run, target, timestamp());
      say(`${run} is now the reference in ${target}`);
    });
}

async function check(run: string, flags: CheckFlags): Promise<number> {
  const [{ checkRun, gateExitCodes }, reports, { readResults }, { writeAnywhere }, { settledReference }] =
    await Promise.all([
      import('../gate/gate.ts'),
      import('../gate/report.ts'),
      import('../results/read.ts'),
      import('../util/atomic.ts'),
      import('../gate/accept.ts'),
    ]);
  const against = settledReference(flags.against, run);
  const [ours, reference] = [readResults(run), readResults(against)];
  const result = checkRun(ours, reference, {
    z: flags.z,
    allowBetter: flags.allowBetter ?? false,
    anyVersion: flags.anyVersion ?? false,
  });
  // what was edited can show that something moved, never that nothing did
  const changed = ours.changed ?? reference.changed;
  if (changed && gateExitCodes[result.outcome] === exitCodes.done) {
    throw new UserError(`${changed}; run the experiment again`);
  }
  if (changed) say(changed);
  print(flags.json ? jsonText(reports.gateJson(result)) : reports.gateText(result));
  // GitHub reads both streams, and with --json the first one is the result alone
  if (flags.github) (flags.json ? process.stderr : process.stdout).write(visible(reports.gateAnnotations(result)));
  // last: a report that cannot be written must not cost the result
  if (flags.report) writeAnywhere(flags.report, reports.gateMarkdown(result, { run, reference: flags.against }));
  return gateExitCodes[result.outcome];
}

function positive(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected a number above 0.');
}
