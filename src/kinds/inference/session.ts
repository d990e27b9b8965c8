import type { StageSpec } from '../../coded/open.ts';
import { checkSetUp } from '../../coded/set-up.ts';
import { faultOf } from '../../config/issues.ts';
import type { Identity } from '../../runs/experiment.ts';
import type { RunContext } from '../kind.ts';
import { checkMeasurable, type ExperimentConfig } from './config.ts';
import { openStoredTrials, type StoredTrials } from './unit.ts';

/** Models by name, the first one first. Another model of a known name has its digest in its own, and takes no one's place. */
export function modelsByName<M extends { readonly name: string; readonly sha256: string }>(
  models: readonly M[],
): ReadonlyMap<string, M> {
  const named = new Map<string, M>();
  for (const model of models) {
    const known = named.get(model.name);
    const twin = known && known.sha256 !== model.sha256;
    named.set(twin ? `${model.name} (${model.sha256.slice(0, 12)})` : model.name, model);
  }
  return named;
}

/** Model and data, opened to learn what they are, and used by the trials where these run in the same thread. */
export interface Session {
  identify(): Promise<Identity>;
  /** What opening model and data showed: other threads need not find it out again. */
  shown(): Pick<StageSpec, 'listing' | 'contract' | 'calibrated' | 'digests'>;
  /** Seconds that the model took for a point, reading it included. */
  secondsAPoint(): number;
  /** Hands the opened trials over, once. */
  take(): StoredTrials | undefined;
  close(): Promise<void>;
  /** Lines for people of the store of what was closed, and not handed over. */
  lastRemarks(): readonly string[];
}

/** A session that opens them at `identify`. */
export function openedOnce(config: ExperimentConfig, { folder, store }: RunContext): Session {
  let opened: StoredTrials | undefined;
  let shown: ReturnType<Session['shown']> = {};
  let secondsAPoint = 0;
  const remarks: string[] = [];
  const take = () => {
    const taken = opened;
    opened = undefined;
    return taken;
  };
  return {
    take,
    shown: () => shown,
    secondsAPoint: () => secondsAPoint,
    async identify() {
      opened = await openStoredTrials({ config, folder, purpose: 'report', tuned: [], store });
      const { trials } = opened;
      const { model, workerModels, dataset } = trials;
      checkMeasurable(config, dataset, model);
      const setUp = { spec: config.model, model, dataset, output: config.output };
      const found = await faultOf(['model'], () => checkSetUp(setUp, trials.setUp));
      const warnings = [...trials.warnings, ...found.warnings];
      secondsAPoint = found.secondsAPoint;
      shown = {
        listing: dataset.listing,
        contract: model.contract,
        calibrated: trials.calibrated,
        digests: trials.digests,
      };
      const models = modelsByName([model, ...workerModels.values()]);
      return {
        models: Object.fromEntries([...models].map(([name, { sha256: digest }]) => [name, digest])),
        data: { [dataset.name]: dataset.sha256 },
        schemes: trials.schemeDigests,
        runtimes: Object.fromEntries([...models].map(([name, { runtime }]) => [name, runtime])),
        calls: Object.fromEntries(
          [...models].flatMap(([name, { pointsACall }]) => (pointsACall ? [[name, pointsACall]] : [])),
        ),
        warnings,
        notes: trials.notes,
      };
    },
    async close() {
      const taken = take();
      await taken?.close();
      remarks.push(...(taken?.store?.remarks() ?? []));
    },
    lastRemarks: () => remarks,
  };
}
