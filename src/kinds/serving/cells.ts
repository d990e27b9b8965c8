import { cellColumns } from '../../coded/columns.ts';
import { faultOf } from '../../config/issues.ts';
import { csvLine } from '../../results/csv.ts';
import { keyColumns } from '../../results/schema.ts';
import { type Deployed, deploy, isJoint } from '../../serving/deployed.ts';
import { optionsText, parseOptions } from '../../util/option-text.ts';
import { latencyText } from '../../workers/latencies/registry.ts';
import type { ServingConfig, ServingEntry } from './config.ts';

/** A load point of a scheme. */
export interface ServingCell {
  readonly entry: ServingEntry;
  readonly N: number;
  readonly workers: number;
  /** Requests a second. */
  readonly rate: number;
  /** Answers that are waited for; absent where the scheme itself says what is enough. */
  readonly need: number | undefined;
  /** Cells of one condition are compared with each other: equal workers and rate. */
  readonly condition: number;
}

/** The cells of an experiment, load points outermost, so that schemes at one load are neighbours. */
export function servingCells(config: ServingConfig): ServingCell[] {
  const { N, workers, load, schemes, decode } = config;
  const machines = N.flatMap((n) => (workers ?? [n]).map((count) => ({ N: n, workers: count })));
  const points = machines.flatMap((machine) => load.rate.map((rate) => ({ ...machine, rate })));
  return points.flatMap((point, condition) =>
    schemes.flatMap((entry) => {
      const needs = isJoint(entry) ? decode.need.filter((need) => need <= point.N) : [undefined];
      return needs.map((need): ServingCell => ({ entry, ...point, need, condition }));
    }),
  );
}

/** The scheme of a cell on its workers. @throws ConfigIssue when it cannot be */
export function deployedCell({ K, load }: ServingConfig, { entry, N, workers, need }: ServingCell): Deployed {
  const size = { K, N, workers, need: need ?? K, single: load.queries === 1 && K > 1 };
  return faultOf(['schemes', entry.item], () => deploy(entry, size));
}

/** What a cell is, without spaces: part of the ids of its units. */
export function cellId({ entry, N, workers, rate, need }: ServingCell): string {
  const lambda = entry.options as { lambdaEnc?: number; lambdaDec?: number };
  return [
    ...[entry.label, `N=${N}`, `workers=${workers}`, `rate=${rate}`],
    ...(need === undefined ? [] : [`need=${need}`]),
    ...(lambda.lambdaEnc === undefined ? [] : [`lambda=${lambda.lambdaEnc}:${lambda.lambdaDec}`]),
  ]
    .map(encodeURIComponent)
    .join('/');
}

/** The key columns of a cell, as text. */
export function cellKey(
  config: ServingConfig,
  names: { readonly model: string; readonly dataset: string },
  cell: ServingCell,
) {
  const { entry, N, workers, rate, need } = cell;
  const { K, output, service, slow } = config;
  const columns = cellColumns(entry, entry.options, { output, K, N, E: 0, stragglers: 'uniform' }, N);
  const slowText = slow ? `+slow(${slow.workers};${slow.factor};${slow.every};${slow.for})` : '';
  const after = entry.hedge?.after;
  const fields: Record<string, string> = {
    ...columns,
    ...names,
    experiment: config.name,
    stragglers: `${service ? latencyText(service) : 'measured'}${slowText}`,
    options: optionsText([
      ...parseOptions(columns.options),
      ['rate', rate],
      ['need', need],
      ['workers', workers === N ? undefined : workers],
      ['hedge', after && ('seconds' in after ? `${after.seconds}s` : `p${100 * after.quantile}`)],
    ]),
  };
  return keyColumns.map((column) => fields[column]!);
}

/** The same as CSV text. */
export function cellPrefixes(keys: readonly (readonly string[])[]): string[] {
  return keys.map((key) => csvLine(key));
}

/** A unit of work: one run of one load point. */
export interface ServingUnit {
  readonly id: string;
  /** Place in the list of cells. */
  readonly cell: number;
  readonly trial: number;
}

/** All units, trials outermost: the batches of a trial are then answered once and forgotten. */
export function servingUnits(cells: readonly ServingCell[], trials: number): ServingUnit[] {
  return Array.from({ length: trials }, (_, trial) =>
    cells.map((cell, place) => ({ id: `${cellId(cell)}/${trial}`, cell: place, trial })),
  ).flat();
}
