import { type Command, InvalidArgumentError } from 'commander';
import type { OnFault } from '../runs/store/upkeep.ts';
import type { Verification } from '../runs/store/verify.ts';
import { EnvironmentError, UserError } from '../util/errors.ts';
import { counted } from '../util/text.ts';
import { formatSize, parseSize } from '../util/units.ts';
import { userStore } from './answer-store.ts';
import { print, printJson, printTable, say } from './print.ts';

/** `approxifer store list | prune | verify`. */
export function registerStore(program: Command): void {
  const store = program
    .command('store')
    .description('answers of models that runs keep, so that none is computed twice: list, prune or verify them');

  store
    .command('list')
    .description('what is kept: by model, data set and what the answers are to')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  approxifer store list')
    .action(async (flags: { json?: boolean }) => {
      const { listStore } = await import('../runs/store/upkeep.ts');
      const { folder, most } = userStore();
      const unread = faults();
      const entries = listStore(folder, unread.add);
      const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
      if (flags.json) {
        printJson({ folder, most, bytes, entries, ...unread.json() });
        return unread.raise();
      }
      printTable(
        ['model', 'dataset', 'answers to', 'calls', 'size', 'last used'],
        entries.map(({ shown, records, bytes: size, lastUse }) => [
          shown.model ?? '(damaged)',
          shown.dataset ?? '',
          shown.answers ?? '',
          String(records),
          formatSize(size),
          new Date(lastUse).toISOString().slice(0, 10),
        ]),
      );
      print(`${formatSize(bytes)} of at most ${formatSize(most)} in ${folder}\n`);
      unread.raise();
    });

  store
    .command('prune')
    .description('remove what was not used for longest')
    .requiredOption('--max <size>', 'what may be left, such as 2GB; 0B removes everything', sizeOption)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  approxifer store prune --max 500MB')
    .action(async (flags: { max: number; json?: boolean }) => {
      const { pruneStore } = await import('../runs/store/upkeep.ts');
      const { removed, left } = pruneStore(userStore().folder, flags.max);
      if (flags.json) printJson({ removed, left });
      else print(`removed ${formatSize(removed)}; ${formatSize(left)} left\n`);
      if (left > flags.max)
        throw new EnvironmentError(`some files of ${userStore().folder} cannot be removed; see who owns them`);
    });

  store
    .command('verify')
    .description('read everything that is kept, and remove what is not as it was written; exit 1 when there was such')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  approxifer store verify')
    .action(async (flags: { json?: boolean }) => {
      const { verifyStore } = await import('../runs/store/verify.ts');
      const unread = faults();
      const found = verifyStore(userStore().folder, unread.add);
      if (flags.json) printJson({ ...found, ...unread.json() });
      else {
        print(
          `${counted(found.records, 'call')} ${found.records === 1 ? 'is as it was' : 'are as they were'} written; ${damageText(found)}\n`,
        );
        print(found.files.map((file) => `damaged: ${file}\n`).join(''));
      }
      if (found.damaged > 0) process.exitCode = 1;
      unread.raise();
    });
}

/** What was removed. Of a damaged file nobody can say how many calls its pieces were. */
function damageText({ damaged, files, stuck }: Verification): string {
  if (files.length + stuck.length === 0) return 'no file was damaged';
  const [are, of] = files.length === 1 ? ['was', 'it'] : ['were', 'them'];
  const removed = `${counted(files.length, 'file')} ${are} damaged, and ${counted(damaged, 'piece')} of ${of} removed`;
  const left = `${counted(stuck.length, 'damaged file')} can be neither mended nor removed`;
  return [...(files.length > 0 ? [removed] : []), ...(stuck.length > 0 ? [left] : [])].join('; ');
}

/** Faults of single files, which are told when the rest is done. */
function faults() {
  const found: EnvironmentError[] = [];
  const add: OnFault = (fault) => found.push(fault);
  return {
    add,
    json: () => (found.length > 0 ? { faults: found.map(({ message }) => message) } : {}),
    /** Says all of them. @throws EnvironmentError when there is one */
    raise() {
      const last = found.at(-1);
      for (const fault of found) if (fault !== last) say(`approxifer: ${fault.message}`);
      if (last) throw last;
    },
  };
}

function sizeOption(text: string): number {
  try {
    return parseSize(text);
  } catch (error) {
    throw error instanceof UserError ? new InvalidArgumentError(error.message) : error;
  }
}
