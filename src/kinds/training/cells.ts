import { csvLine } from '../../results/csv.ts';
import { type KeyColumn, keyColumns } from '../../results/schema.ts';
import { type Attack, attackText } from '../../workers/attack-spec.ts';
import type { Clock, TrainingConfig, TrainingScheme } from './config.ts';

/** One column of the run: everything but the trial fixed. */
export interface TrainingCell {
  readonly scheme: TrainingScheme;
  readonly K: number;
  readonly N: number;
  readonly S: number;
  readonly E: number;
  readonly slowdown: number;
  readonly clock: Clock;
  /** Absent where nobody lies. */
  readonly attack: Attack | undefined;
}

/** The cells of an experiment, conditions outermost, so that schemes of one condition are neighbours; each once. */
export function trainingCells(config: TrainingConfig): TrainingCell[] {
  const changing = (config.stragglers.changes ?? []).some(({ E }) => E > 0);
  const attacksFor = (E: number) => (E > 0 || changing ? config.attack : [undefined]);
  const cells = config.stragglers.clock.flatMap((clock) =>
    config.N.flatMap((N) =>
      config.K.flatMap((K) =>
        config.faults.flatMap(({ S, E }) =>
          attacksFor(E).flatMap((attack) =>
            config.stragglers.slowdown.flatMap((slowdown) =>
              config.schemes.map((scheme): TrainingCell => ({ scheme, K, N, S, E, slowdown, clock, attack })),
            ),
          ),
        ),
      ),
    ),
  );
  return [...new Map(cells.map((cell) => [cellId(cell), cell])).values()];
}

/** What a cell is, without spaces: part of the ids of its units. */
function cellId({ scheme, K, N, S, E, slowdown, clock, attack }: TrainingCell): string {
  const lies = attack ? [attackText(attack)] : [];
  const parts = [scheme.label, `K=${K}`, `N=${N}`, `S=${S}`, `E=${E}`, `slowdown=${slowdown}`, ...lies, clock];
  return parts.map(encodeURIComponent).join('/');
}

/** A unit of work: one training. */
export interface TrainingUnit {
  readonly id: string;
  /** Place in the list of cells. */
  readonly cell: number;
  readonly trial: number;
}

/** All units in the order of `iterations.csv`: cell by cell, trial by trial. */
export function trainingUnits(cells: readonly TrainingCell[], trials: number): TrainingUnit[] {
  return cells.flatMap((cell, place) =>
    Array.from({ length: trials }, (_, trial) => ({ id: unitId(cell, trial), cell: place, trial })),
  );
}

/** Such as `AVCC/K=9/N=12/S=2/E=1/slowdown=7/reversal(1)/simulated/0`: other cells and trials do not change it. */
export function unitId(cell: TrainingCell, trial: number): string {
  return `${cellId(cell)}/${trial}`;
}

/** The key columns of a cell, as text. @param dataset name of the data */
export function cellKey(config: TrainingConfig, dataset: string, cell: TrainingCell): string[] {
  const { scheme } = cell;
  const { pixelBits, weightBits, errorBits, T } = config.model.logisticRegression;
  const own: [string, unknown][] = [
    ['E', scheme.E],
    ['clock', cell.clock === 'simulated' ? undefined : cell.clock],
    ['recode', scheme.recode === 'always' ? scheme.recode : undefined],
  ];
  const values: Record<KeyColumn, string> = {
    experiment: config.name,
    model: `logistic-regression(${pixelBits};${weightBits};${errorBits})${T ? ` T=${T}` : ''}`,
    dataset,
    output: '',
    scheme: scheme.label,
    K: String(cell.K),
    N: String(cell.N),
    S: String(cell.S),
    E: String(cell.E),
    lambda_enc: '',
    lambda_dec: '',
    order: '',
    stragglers: `slowdown(${cell.slowdown})${config.stragglers.changes ? '-changing' : ''}`,
    attack: cell.attack ? attackText(cell.attack) : '',
    options: own.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`])).join(';'),
  };
  return keyColumns.map((column) => values[column]);
}

/** The same as CSV text. */
export function cellPrefixes(config: TrainingConfig, dataset: string, cells: readonly TrainingCell[]): string[] {
  return cells.map((cell) => csvLine(cellKey(config, dataset, cell)));
}
