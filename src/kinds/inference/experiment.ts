import path from 'node:path';
import type { CodedConfig } from '../../coded/config.ts';
import { planMetrics } from '../../coded/measure.ts';
import type { StageSpec } from '../../coded/open.ts';
import { makePlan } from '../../coded/plan.ts';
import type { MetricName } from '../../metrics/table.ts';
import { labelsApart } from '../../results/labels.ts';
import { experimentDifferences, type FileDigests, type Manifest, tableOptions } from '../../results/manifest.ts';
import { optimumCsv, surfaceCsv } from '../../results/optimum.ts';
import { ratiosCsv } from '../../results/ratios.ts';
import { readSummary } from '../../results/read.ts';
import { files } from '../../results/schema.ts';
import { type CellTrials, type MoreColumns, pairedCsv, summaryCsv } from '../../results/summaries.ts';
import { heldUpBy, looks, standings, stoppedBy } from '../../results/until.ts';
import type { Details, Experiment, Identity, Preparation } from '../../runs/experiment.ts';
import type { Looks, Stage } from '../../runs/stage.ts';
import { writeTables } from '../../tables/files.ts';
import { undecidedIn } from '../../tables/stops.ts';
import { paperTable } from '../../tables/table.ts';
import { writeWhole } from '../../util/atomic.ts';
import { sha256 } from '../../util/files.ts';
import { moduleUrl } from '../../util/folders.ts';
import type { RunContext } from '../kind.ts';
import type { ExperimentConfig } from './config.ts';
import { cellKeys, type Layout, type TrialValues, trialFormat, withCellTrials } from './format.ts';
import { blockSize, mayTakeLong } from './long.ts';
import { openedOnce, type Session } from './session.ts';
import { readTunedChoices, readTunedDetails, type TunedChoice, tunedChoices, tunedPairs } from './tuned.ts';
import { bestPairs, type LossSurface, lossSurface, type TuneMode, tuneModes, tuningTrials } from './tuning.ts';
import { tuningNotices } from './tuning-notices.ts';
import { open, type TrialsSpec } from './unit.ts';

/** An inference experiment as `runs/` carries it out: tuning where entries ask for it, then the trials. */
export function inferenceExperiment(config: ExperimentConfig, context: RunContext): Experiment<TrialValues> {
  const session = openedOnce(config, context);
  const given = context.tuned;
  let open: string | undefined;
  return {
    ...common(config, context),
    ...(given !== undefined && { switchedOff: ['tune'] }),
    ...(config.schemes.some(({ tune }) => tune === 'oracle') && {
      needsAllTrials: "an oracle's λ depends on all of them",
    }),
    identify: session.identify,
    async prepare(preparation) {
      if (given !== undefined) return detailsOf(readTunedChoices(given, config, preparation.manifest));
      const choices: TunedChoice[] = [];
      for (const mode of tuneModes(config)) {
        const surface = await search(config, session, context, mode, preparation);
        if (!surface) return undefined;
        choices.push(...bestPairs(config, mode, surface));
      }
      return detailsOf(choices);
    },
    stage(identity, details) {
      const tuned = tunedPairs(config, readTunedDetails(details));
      const { folder, store } = context;
      const spec: TrialsSpec = { config, folder, purpose: 'report', tuned, ...session.shown(), store };
      const units = trialIds(config.trials);
      const stage = trialStage({ name: 'trials', folder: '', units }, spec, identity, session, tuned.length === 0);
      const { until, trials } = config;
      if (!until) return stage;
      const shape = layout(config, tuned, identity);
      const isEnough: Looks<TrialValues>['isEnough'] = (first, look) =>
        withCellTrials(shape, first, (cells) => stoppedBy(standings(cells, until, look)) !== 'undecided');
      return { ...stage, looks: { ends: looks(until.minimum, trials), isEnough } };
    },
    conclude(out, identity, details, results) {
      const shape = layout(config, tunedPairs(config, readTunedDetails(details)), identity);
      const texts = withCellTrials(shape, results, (cells) => ({
        [files.summary]: summaryCsv(cells, shape.metricNames, stopColumn(config, cells, results.size)),
        [files.paired]: pairedCsv(cells, shape.metricNames),
        [files.ratios]: ratiosCsv(cells, config.table.ratioTo),
      }));
      const digests = writeTexts(out, texts);
      writeTables(out, tableOptions({ config: plainConfig(config) }));
      if (config.until && !context.ownUntil) {
        const rows = readSummary(out);
        open = undecidedIn(rows, paperTable(rows).rowKeys);
      }
      return digests;
    },
    close: session.close,
    lastRemarks: () => [...session.lastRemarks(), ...(open === undefined ? [] : [open])],
  };
}

/**
 * The search of λ for the entries with `tune: true`, and nothing else: `summary.csv` is the surface, `optimum.csv` the best
 * pairs.
 */
export function searchExperiment(config: ExperimentConfig, context: RunContext): Experiment<never> {
  const session = openedOnce(config, context);
  let surface: LossSurface | undefined;
  return {
    ...common(config, context),
    madeBy: 'tune',
    identify: session.identify,
    async prepare(preparation) {
      surface = await search(config, session, context, true, preparation);
      return surface && detailsOf(bestPairs(config, true, surface));
    },
    conclude(out) {
      const { cells, metricNames } = surface!;
      const { metric } = config.tune!;
      return writeTexts(out, {
        [files.summary]: surfaceCsv(cells, metricNames, metric),
        [files.optimum]: optimumCsv(cells, metric),
      });
    },
    close: session.close,
    lastRemarks: session.lastRemarks,
  };
}

/** The λ that a manifest records, as the experiment's own part of it. @throws UserError when they are damaged */
export function detailsOfManifest(config: ExperimentConfig, manifest: Manifest): Details {
  return detailsOf(config.schemes.some(({ tune }) => tune) ? tunedChoices(config, manifest, files.manifest) : []);
}

/** A config with the labels that a run of it has: an earlier approxifer may have made other default ones. */
export function withLabelsOf(config: ExperimentConfig, manifest: Manifest): ExperimentConfig {
  const fresh = { ...manifest, config: plainConfig(config) };
  if (labelsApart(experimentDifferences(manifest, fresh)) === undefined) return config;
  const labels = (manifest.config.schemes as { label: string }[]).map(({ label }) => label);
  return { ...config, schemes: config.schemes.map((entry, place) => ({ ...entry, label: labels[place]! })) };
}

function common(config: ExperimentConfig, { written }: RunContext) {
  return { name: config.name, config: plainConfig(config), written, seed: config.seed, trials: config.trials };
}

/** The config as it stands in a manifest. */
function plainConfig(config: ExperimentConfig): Readonly<Record<string, unknown>> {
  return JSON.parse(JSON.stringify(config));
}

function detailsOf(choices: readonly TunedChoice[]): Details {
  return choices.length > 0 ? { tuned: choices } : {};
}

function trialIds(trials: number): string[] {
  return Array.from({ length: trials }, (_, trial) => String(trial));
}

/** The columns of a summary that say what stopped the run, or what held it up; none where it was to run all its trials. */
function stopColumn(
  { until, trials }: ExperimentConfig,
  cells: readonly CellTrials[],
  done: number,
): MoreColumns | undefined {
  if (!until) return undefined;
  const look = looks(until.minimum, trials).indexOf(done) + 1;
  const stop = stoppedBy(standings(cells, until, look));
  if (stop !== 'undecided') return { columns: ['stopped_by'], of: () => [stop] };
  const held = heldUpBy(cells, until, look);
  return { columns: ['held_up_by', 'stopped_by'], of: (cell) => [held.get(cell) ?? '', stop] };
}

/** What the files of a stage look like, without opening anything. */
function layout(config: CodedConfig, tuned: StageSpec['tuned'], identity: Identity): Layout {
  const plan = makePlan(config, new Map(tuned));
  const metricNames: readonly MetricName[] = planMetrics(plan);
  const names = {
    experiment: config.name,
    model: Object.keys(identity.models)[0]!, // the first one is the base model
    dataset: Object.keys(identity.data)[0]!,
  };
  return { plan, metricNames, keys: cellKeys(plan, names) };
}

/**
 * @param session what is open already in this thread
 * @param fits whether that is what this stage needs
 */
function trialStage(
  stage: Pick<Stage<TrialValues>, 'name' | 'folder' | 'units'>,
  spec: TrialsSpec,
  identity: Identity,
  session: Session,
  fits: boolean,
): Stage<TrialValues> {
  const { plan, keys, metricNames } = layout(spec.config, spec.tuned, identity);
  const secondsAPoint = session.secondsAPoint();
  return {
    ...stage,
    format: trialFormat(keys, metricNames),
    async open() {
      if (!fits) await session.close();
      return open(spec, session.take());
    },
    leaveToThreads: session.close,
    mayTakeLong: mayTakeLong(plan, secondsAPoint),
    block: blockSize(plan, secondsAPoint),
    remote: { module: moduleUrl('kinds/inference/unit.js').href, spec },
  };
}

/** Runs a search of λ; its surface is `summary.csv` of the stage's folder. */
async function search(
  config: ExperimentConfig,
  session: Session,
  { folder, store }: RunContext,
  mode: TuneMode,
  { out, manifest, run, wrote, notice }: Preparation,
): Promise<LossSurface | undefined> {
  const own = mode === 'oracle' ? 'oracle' : 'tuning';
  const identity: Identity = manifest.digests;
  const surface = await lossSurface(config, mode, async (grid, _, round) => {
    const purpose = mode === 'oracle' ? 'report' : 'tune';
    const spec: TrialsSpec = { folder, store, ...session.shown(), config: grid, purpose, tuned: [] };
    const results = await run(
      trialStage(
        {
          name: round === 0 ? 'tuning' : 'refining',
          folder: round === 0 ? own : path.posix.join(own, `refine-${round}`),
          units: trialIds(tuningTrials(config, mode)),
        },
        spec,
        identity,
        session,
        false,
      ),
    );
    if (!results) return undefined;
    const shape = layout(grid, [], identity);
    const { metricNames } = shape;
    const cells = withCellTrials(shape, results, (found) => found.map((cell) => held(cell, metricNames)));
    return { cells, metricNames };
  });
  if (!surface) return undefined;
  const text = surfaceCsv(surface.cells, surface.metricNames, config.tune!.metric);
  wrote(own, writeTexts(path.join(out, own), { [files.summary]: text }));
  for (const line of tuningNotices(config, mode, surface)) notice(`warning: ${line}`);
  return surface;
}

/** A cell whose values stay: a search of λ has few trials. */
function held(cell: CellTrials, metricNames: readonly MetricName[]): CellTrials {
  return { ...cell, values: new Map(metricNames.map((name) => [name, cell.values.get(name)!])) };
}

/** @returns the digests of what was written */
function writeTexts(out: string, texts: Readonly<Record<string, string>>): FileDigests {
  for (const [name, text] of Object.entries(texts)) writeWhole(path.join(out, name), text);
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, sha256(text)]));
}
