import type { Command } from 'commander';
import type { TrialView, ViewedCell } from '../kinds/kind.ts';
import { UserError } from '../util/errors.ts';
import { alignedText, print, printJson } from './print.ts';

/** `approxifer inspect trial`. */
export function registerTrial(inspect: Command): void {
  inspect
    .command('trial')
    .description('what happened in a trial of a run: queries, survivors, liars, and what each scheme decoded')
    .argument('<run>', 'folder of a run')
    .argument('<trial>', 'its number, from 0 on')
    .option('--folder <folder>', 'folder that relative paths of the config start from', '.')
    .option('--allow-external', 'let the run start the programs of its external schemes')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
The trial is computed again from config and seed; model and data must be those of the run.
A decoded class that is not the model's is marked *; behind it stands the squared error of the output.

Examples:
  approxifer inspect trial results/runs/quickstart 17
  approxifer inspect trial results/runs/quickstart 17 --json`,
    )
    .action(async (run: string, text: string, flags: { folder: string; allowExternal?: boolean; json?: boolean }) => {
      const { replayOf } = await import('./load.ts');
      const trial = Number(text);
      const { replay, manifest } = await replayOf(run, flags);
      if (!/^\d+$/.test(text) || trial >= manifest.trials)
        throw new UserError(`${run} has no trial ${text}; its trials are 0 to ${manifest.trials - 1}`);
      const [view] = await replay.view([trial]);
      if (flags.json) printJson(view);
      else print(viewText(view!));
    });
}

function viewText({ trial, queries, cells }: TrialView): string {
  const groups = new Map<string, ViewedCell[]>();
  for (const cell of cells) {
    const { output, K, S, E, stragglers, attack } = cell.key;
    const faults = [S && `S=${S}`, `stragglers=${stragglers}`, E !== '0' && `E=${E}`, attack && `attack=${attack}`];
    const name = [`K=${K}`, `output=${output}`, ...faults.filter(Boolean), `pattern=${cell.pattern}`].join(', ');
    const group = groups.get(name);
    if (group) group.push(cell);
    else groups.set(name, [cell]);
  }
  return [...groups].map(([name, group]) => groupText(`trial ${trial}: ${name}`, group, queries)).join('\n');
}

/** Cells under one pattern of faults: their workers, and a row a query. */
function groupText(title: string, cells: readonly ViewedCell[], batches: TrialView['queries']): string {
  const { queries } = batches.find(({ K }) => String(K) === cells[0]!.key.K)!;
  const workers = new Map<string, string[]>();
  for (const { key, survivors, liars, excluded, failure } of cells) {
    const line = [
      `${survivors.length} of N=${key.N} answered: ${ranges(survivors)}`,
      ...(liars.length > 0 ? [`liars ${ranges(liars)}`] : []),
      ...(excluded ? [`taken for liars ${ranges(excluded) || 'nobody'}`] : []),
      ...(failure ? [`failed: ${failure}`] : []),
    ].join('; ');
    workers.set(line, [...(workers.get(line) ?? []), nameOf(key)]);
  }
  const labelled = queries.some(({ label }) => label !== undefined);
  const table = alignedText(
    ['query', 'index', ...(labelled ? ['label'] : []), 'model', ...cells.map(({ key }) => nameOf(key))],
    queries.map(({ index, label, truth }, k) => [
      String(k),
      String(index),
      ...(labelled ? [String(label)] : []),
      String(truth),
      ...cells.map(({ decoded, errors }) => {
        if (!decoded) return '–';
        const error = errors ? ` ${Number(errors[k]!.toPrecision(3))}` : '';
        return `${decoded[k]}${decoded[k] === truth ? '' : '*'}${error}`;
      }),
    ]),
  );
  return [title, ...[...workers].map(([line, names]) => `${names.join(', ')}: ${line}`), table].join('\n');
}

/** The scheme, with its λ where it has any. */
function nameOf({ scheme, lambda_enc, lambda_dec }: ViewedCell['key']): string {
  return lambda_enc ? `${scheme} ${lambda_enc}/${lambda_dec}` : scheme!;
}

/** `0-3, 5`: ascending numbers, runs of them joined. */
function ranges(numbers: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const number of numbers) {
    const last = parts.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else parts.push([number, number]);
  }
  return parts.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(', ');
}
