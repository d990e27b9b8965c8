import { type MissingCell, matchCells } from '../results/cells.ts';
import { type Difference, experimentDifferences, type Manifest } from '../results/manifest.ts';
import type { SummaryRow } from '../results/read.ts';
import {
  type ComparedValue,
  type Comparison,
  compareExactly,
  compareStatistically,
  isTestable,
  type Measure,
  pairValues,
} from './compare.ts';

/** What the gate compares. */
export interface RunResults {
  readonly manifest: Manifest;
  readonly rows: readonly SummaryRow[];
}

export interface GateOptions {
  /** Family-wise error rate as a number of standard deviations: 3 is 0.27 %. */
  readonly z?: number;
  /** A result that got better is no failure. */
  readonly allowBetter?: boolean;
  /** Compare across versions of approxifer and ONNX Runtime. */
  readonly anyVersion?: boolean;
}

export const gateExitCodes = { same: 0, worse: 1, nothingCompared: 3, better: 4, missing: 5, different: 6 } as const;
type GateOutcome = keyof typeof gateExitCodes;

export interface GateResult {
  readonly outcome: GateOutcome;
  /** `exact`: the same trials, to the numeric floor; `statistical`: other trials, within the noise; `mixed`: cell by cell. */
  readonly mode: 'exact' | 'statistical' | 'mixed';
  /** In what the runs are different experiments; nothing was compared then. */
  readonly differences: readonly Difference[];
  readonly cells: number;
  readonly comparisons: readonly Comparison[];
  /** Values of other trials that no test can judge: those of one trial have no standard error. */
  readonly untested: number;
  /** Cells, or metrics of a cell, of only one side. */
  readonly missing: readonly (MissingCell & { readonly metric?: Measure['name'] })[];
}

/**
 * Compares a run with its reference. Cells with the same seed and trials have to agree to 1e-4 relative. Others are other
 * samples: a t test for every metric, at a family-wise error rate that Holm's correction keeps.
 */
export function checkRun(run: RunResults, reference: RunResults, options: GateOptions = {}): GateResult {
  const sameSeed = run.manifest.seed === reference.manifest.seed;
  const differences = experimentDifferences(reference.manifest, run.manifest, options);
  if (differences.length > 0) {
    const nothing = { cells: 0, comparisons: [], untested: 0, missing: [] };
    return { outcome: 'different', mode: modeOf([], sameSeed), differences, ...nothing };
  }
  const { pairs, missing: missingCells } = matchCells(reference.rows, run.rows);
  const planned = [plannedTrials(reference), plannedTrials(run)] as const;
  const matched = pairs.map(([before, after]) => ({
    key: after.key,
    ...pairValues({ reference: before, run: after, planned, sameSeed }),
  }));
  const missing = [
    ...missingCells,
    ...matched.flatMap(({ key, missing: metrics }) => metrics.map((entry) => ({ key, ...entry }))),
  ];
  const values = matched.flatMap((pair) => pair.values);
  const sampled = values.filter(({ exact }) => !exact);
  const testable = sampled.filter(isTestable);
  const comparisons = [
    ...values.filter(({ exact }) => exact).map(compareExactly),
    ...compareStatistically(testable, options.z ?? 3),
  ];
  return {
    outcome: outcomeOf(comparisons, missing.length, options.allowBetter ?? false),
    mode: modeOf(values, sameSeed),
    differences,
    cells: pairs.length,
    comparisons,
    untested: sampled.length - testable.length,
    missing,
  };
}

/** How many trials every cell was to have: those of the run, or of the tuning where the rows are a λ surface. */
export function plannedTrials({ manifest, rows }: RunResults): number {
  const tune = manifest.config.tune as { trials?: number } | undefined;
  return (rows[0]?.fromBest && tune?.trials) || manifest.trials;
}

function modeOf(values: readonly ComparedValue[], sameSeed: boolean): GateResult['mode'] {
  if (values.length === 0) return sameSeed ? 'exact' : 'statistical';
  const exact = values.filter((value) => value.exact).length;
  return exact === values.length ? 'exact' : exact === 0 ? 'statistical' : 'mixed';
}

function outcomeOf(comparisons: readonly Comparison[], missing: number, allowBetter: boolean): GateOutcome {
  // that as many trials failed as before says nothing about the results
  if (comparisons.every(({ metric, verdict }) => metric.name === 'completed' && verdict === 'same')) {
    return 'nothingCompared';
  }
  if (comparisons.some(({ verdict }) => verdict === 'worse')) return 'worse';
  if (missing > 0) return 'missing';
  return !allowBetter && comparisons.some(({ verdict }) => verdict === 'better') ? 'better' : 'same';
}
