import type { Command } from 'commander';
import type { Slope } from '../results/slopes.ts';
import type { LineKey } from '../results/sweep-lines.ts';
import { UserError } from '../util/errors.ts';
import { decimalNumber, numberFromZero } from './options.ts';
import { print, printJson, printTable, say } from './print.ts';

interface SlopesFlags {
  metric: string;
  floor: number;
  bound?: number;
  power?: number;
  csv?: boolean;
  json?: boolean;
}

export function registerSlopes(program: Command): void {
  program
    .command('slopes')
    .description(
      'how the error of a run that sweeps N falls with N: slopes in log-log, with 95 % intervals over trials',
    )
    .argument('<run>', 'folder of a run, with its trials.csv')
    .option('--metric <name>', 'what falls', 'mse')
    .option('--floor <number>', 'means at or below it are rounding and left out', numberFromZero, 0)
    .option(
      '--bound <exponent>',
      'of a law N^exponent: says whether each slope is compatible with it, not, or undecided',
      decimalNumber,
    )
    .option(
      '--power <exponent>',
      'of N, known: fits q of the law N^exponent (log N)^q in place of a slope',
      decimalNumber,
    )
    .option('--csv', 'print CSV, as references hold it')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
The line goes through the logarithms of the means. Trials are drawn again, whole, for the interval. The verdict on a bound: "compatible"
where the whole interval is at or below it, "not compatible" where the whole interval is above, "undecided" where it lies on both sides;
"exact" without any error above the floor; "not measured" where no trial has a value. There is no interval, and the verdict, or without
--bound a column no_interval, says so, with errors at fewer than three N ("too few N"), with fewer than 30 trials at an N ("too few trials"), or where fewer than 8 carry the mean of
an N, the others having hardly an error beside theirs ("too few carriers", column carried_by).

Example:
  approxifer slopes results/runs/theory-stragglers --floor 1e-26 --bound -3`,
    )
    .action(async (folder: string, flags: SlopesFlags) => {
      const [
        { metrics },
        { damageOf, readManifest, readResults },
        { readTrialValues },
        { againstBound, lackOf, slopes },
        { tellingColumns },
        { keyColumns },
      ] = await Promise.all([
        import('../metrics/table.ts'),
        import('../results/read.ts'),
        import('../results/trial-values.ts'),
        import('../results/slopes.ts'),
        import('../results/sweep-lines.ts'),
        import('../results/schema.ts'),
      ]);
      const { bound, power } = flags;
      if (bound !== undefined && power !== undefined)
        throw new UserError('--bound is of a slope, and with --power the power of log N is fitted; give one of them');
      const { name } = metrics.get(flags.metric);
      // first, as it says what is wrong with a folder that is no run, or an interrupted one
      if (readManifest(folder).status === 'running')
        throw new UserError(`${folder}: is interrupted, or still running; run the same command again to go on`);
      const { rows: cells, manifest } = readResults(folder);
      const values = readTrialValues(folder, name);
      if (!values) throw new UserError(`${folder}: no trials.csv with ${name}; references keep none, a run does`);
      const damage = damageOf(folder, manifest);
      if (damage) say(damage);
      const found = slopes(cells, values, flags.floor, power);
      if (found.length === 0) throw new UserError(`${folder}: no scheme was run at three values of N or more`);
      if (found.every(({ N, below }) => N.length + below === 0))
        throw new UserError(`${folder}: no trial has a value of ${name}`);
      if (power !== undefined && found.some(({ N }) => N.includes(1)))
        throw new UserError(`${folder}: --power is of log N, which is 0 at N = 1; leave that N out of the sweep`);
      const telling = tellingColumns(
        found.map(({ key }) => key),
        always,
      );
      const columns = keyColumns
        .filter((column) => column !== 'N')
        .filter((column) => [...always, ...telling].includes(column));
      const rows = found.map((slope) => ({
        ...textsOf(slope, columns, power === undefined ? 'slope' : 'log_power'),
        ...(bound !== undefined && { bound: String(bound), verdict: againstBound(slope, bound) }),
      }));
      const lacks = found.map(lackOf);
      if (flags.json)
        return printJson(
          found.map(({ slope, ...rest }, i) => ({
            ...rest,
            [power === undefined ? 'slope' : 'log_power']: slope,
            ...(bound !== undefined && { bound, verdict: rows[i]!.verdict }),
            ...(lacks[i] && { no_interval: lacks[i] }),
          })),
        );
      if (flags.csv) {
        const { csvLine } = await import('../results/csv.ts');
        return print(
          [Object.keys(rows[0]!), ...rows.map((row) => Object.values(row))]
            .map((fields) => `${csvLine(fields)}\n`)
            .join(''),
        );
      }
      // a verdict says it too
      const shown =
        bound === undefined && lacks.some((lack) => lack)
          ? rows.map((row, i) => ({ ...row, no_interval: lacks[i] ?? '' }))
          : rows;
      printTable(
        Object.keys(shown[0]!),
        shown.map((row) => Object.values(row)),
      );
    });
}

/** Keys of every row. */
const always = ['model', 'output', 'scheme', 'K', 'stragglers', 'attack'] as const;

function textsOf(
  { key, N, trials, carriedBy, below, unmeasured, slope, low, high }: Slope,
  columns: readonly (keyof LineKey)[],
  what: 'slope' | 'log_power',
) {
  const short = (value: number, digits = 3) => (Number.isNaN(value) ? '' : value.toFixed(digits));
  return {
    ...Object.fromEntries(columns.map((column) => [column, String(key[column] ?? '')])),
    N: N.length === 0 ? '' : `${N[0]}-${N.at(-1)}`,
    points: String(N.length),
    below_floor: String(below),
    not_measured: String(unmeasured),
    trials: String(trials),
    carried_by: short(carriedBy, 1),
    [what]: short(slope),
    low: short(low),
    high: short(high),
  };
}
