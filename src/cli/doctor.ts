import type { Command } from 'commander';
import { print, printJson } from './print.ts';

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('what is installed, where models and data are, what is missing and how to get it')
    .option('--json', 'for machines')
    .addHelpText('after', '\nExample:\n  approxifer doctor')
    .action(async (flags: { json?: boolean }) => {
      const { diagnose } = await import('./diagnose.ts');
      const findings = await diagnose();
      if (flags.json) printJson(findings);
      else {
        const width = Math.max(...findings.map(({ name }) => name.length));
        for (const { ok, name, detail, cure } of findings) {
          print(
            `${ok ? 'ok  ' : '--  '}${name.padEnd(width)}  ${detail}${cure ? `\n${' '.repeat(width + 6)}-> ${cure}` : ''}\n`,
          );
        }
      }
    });
}
