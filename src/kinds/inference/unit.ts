import { type OpenTrials, openTrials, type StageSpec } from '../../coded/open.ts';
import type { UnitRunner } from '../../runs/stage.ts';
import { openStore, type Store, type StoreSpec } from '../../runs/store/store.ts';
import type { TrialValues } from './format.ts';

/** What the trials of a stage follow from, and where answers are kept. */
export interface TrialsSpec extends StageSpec {
  readonly store?: StoreSpec | undefined;
}

/** Trials that are open, with their store. */
export interface StoredTrials {
  readonly trials: OpenTrials;
  readonly store: Store | undefined;
  close(): Promise<void>;
}

/** Opens model and data, and the store of answers where there is one. */
export async function openStoredTrials(spec: TrialsSpec): Promise<StoredTrials> {
  const store = spec.store && openStore(spec.store);
  const trials = await openTrials(spec, store);
  const close = async () => {
    store?.close();
    await trials.close();
  };
  return { trials, store, close };
}

/**
 * Opens model and data for the trials of a stage; a unit is a trial.
 * @param opened the same, when it is open already
 */
export async function open(spec: TrialsSpec, opened?: StoredTrials): Promise<UnitRunner<TrialValues>> {
  const { trials, store, close } = opened ?? (await openStoredTrials(spec));
  let before = { inferred: trials.inferred(), saved: trials.saved() };
  const runBlock = async (units: readonly string[]) => {
    const results = await trials.run(units.map(Number));
    return results.map(({ values, failures }) => {
      const now = { inferred: trials.inferred(), saved: trials.saved() };
      const effort = {
        inferred: now.inferred - before.inferred,
        saved: now.saved - before.saved,
        remarks: store?.remarks() ?? [],
      };
      before = now;
      return { result: values, failures, effort };
    });
  };
  return {
    run: async (unit) => (await runBlock([unit]))[0]!,
    runBlock,
    close,
    // the last answers are written when the store is closed
    lastRemarks: () => store?.remarks() ?? [],
  };
}
