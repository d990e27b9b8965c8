import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { dependsOnBatch } from '../../codecs/encoder.ts';
import { isFailure } from '../../coded/failure.ts';
import type { OpenTrials } from '../../coded/open.ts';
import type { Cell, CodedBatch } from '../../coded/plan.ts';
import type { TrialResult } from '../../coded/record.ts';
import type { TrialWatch } from '../../coded/trial.ts';
import type { Manifest } from '../../results/manifest.ts';
import { files } from '../../results/schema.ts';
import { writeWhole } from '../../util/atomic.ts';
import { sha256 } from '../../util/files.ts';
import { type NpyWriter, npyWriter, type WrittenNumbers } from '../../util/npy.ts';
import type { Task } from '../../workers/workers.ts';
import type { ExperimentConfig } from './config.ts';
import { cellKeys, trialFormat } from './format.ts';

/** What `export` writes into `index.json`; docs/how-to/own-method.md says what the arrays are. */
const exportFormat = 1;

type Put = (name: string, shape: readonly number[], data: WrittenNumbers) => void;

/** Writes what trials came by as arrays whose first axis is the trial. */
export function trialExporter(config: ExperimentConfig, manifest: Manifest, trials: readonly number[]) {
  const writers = new Map<string, NpyWriter>();
  let folder = '';
  let opened: OpenTrials;
  /** Arrays [patterns, …] of the cells in this trial. */
  let cells = new Map<Cell, CellArrays>();
  const patterns = config.patterns ?? 1;

  /** Appends an entry of the trial's axis. */
  const put: Put = (name, shape, data) => {
    let writer = writers.get(name);
    if (!writer) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writer = npyWriter(path.join(folder, name), [trials.length, ...shape], data);
      writers.set(name, writer);
    }
    writer.append(data);
  };
  const putBatch = onceATrial();

  const watch: TrialWatch = {
    async answered(coded, { batch, encoding, on }, task, reply) {
      const { K, N } = coded;
      const { m } = reply;
      const { shape } = opened.dataset;
      await batch.read();
      putBatch(K, () => {
        put(`K${K}/indices.npy`, [K], Int32Array.from(batch.indices));
        if (batch.labels) put(`K${K}/labels.npy`, [K], batch.labels);
        put(`K${K}/queries.npy`, [K, ...shape], batch.points.subarray(0, K * batch.D));
        for (const output of config.output) put(`K${K}/truth-${output}.npy`, [K, m], on(output).truth.outputs);
      });
      const code = codeName(opened.plan.codedBatches, coded);
      put(`${code}/matrix.npy`, [N, K], encoding.matrix.data);
      put(`${code}/points.npy`, [N, ...shape], await pointsOf(task, batch.D));
      for (const output of config.output) put(`${code}/answers-${output}.npy`, [N, m], on(output).reply.answers);
    },
    decoded({ cell, inTime, toDecode }, pattern, outcome) {
      const { K } = cell.codec.encoder;
      const m = opened.model.outputs;
      const arrays =
        cells.get(cell) ?? newArrays(patterns, { K, N: cell.N, m }, opened.plan.conditions[cell.condition]!.E > 0);
      cells.set(cell, arrays);
      for (const worker of inTime) arrays.survivors[pattern * cell.N + worker] = 1;
      if (!isFailure(toDecode)) {
        for (const worker of toDecode.liars) arrays.liars[pattern * cell.N + worker] = 1;
        arrays.received?.set(toDecode.received.answers, pattern * cell.N * m);
      }
      if (outcome && !isFailure(outcome)) arrays.decoded.set(outcome.outputs, pattern * K * m);
    },
  };

  return {
    watch,
    async write(reopened: OpenTrials, out: string): Promise<void> {
      opened = reopened;
      folder = out;
      const names = {
        experiment: config.name,
        model: Object.keys(manifest.digests.models)[0]!,
        dataset: Object.keys(manifest.digests.data)[0]!,
      };
      const keys = cellKeys(opened.plan, names);
      const format = trialFormat(keys, opened.metricNames);
      let rows = `${format.header}\n`;
      const failures: object[] = [];
      for (const trial of trials) {
        cells = new Map();
        const [result] = (await opened.run([trial])) as [TrialResult];
        rows += format.text(String(trial), result.values);
        failures.push(...result.failures.map((failure) => ({ ...failure, trial })));
        for (const cell of opened.plan.cells) putCell(cell, cells.get(cell));
        putBatch.next();
      }
      const digests = [...writers].map(([name, writer]) => [name, writer.close()] as const);
      writeWhole(path.join(out, files.trials), rows);
      writeWhole(path.join(out, files.manifest), `${JSON.stringify(manifest, null, 2)}\n`);
      const files_sha256 = Object.fromEntries([...digests, [files.trials, sha256(rows)]]);
      writeWhole(path.join(out, 'index.json'), sealedText({ ...index(keys, failures), files_sha256 }));
    },
  };

  function putCell(cell: Cell, arrays: CellArrays | undefined): void {
    const { K } = cell.codec.encoder;
    const m = opened.model.outputs;
    const lies = opened.plan.conditions[cell.condition]!.E > 0;
    const { survivors, liars, received, decoded } = arrays ?? newArrays(patterns, { K, N: cell.N, m }, lies);
    const name = `cell${cell.index}`;
    put(`${name}/survivors.npy`, [patterns, cell.N], survivors);
    put(`${name}/liars.npy`, [patterns, cell.N], liars);
    if (received) put(`${name}/received.npy`, [patterns, cell.N, m], received);
    put(`${name}/decoded.npy`, [patterns, K, m], decoded);
  }

  function index(keys: readonly (readonly string[])[], failures: readonly object[]): object {
    const { plan, model, dataset, metricNames } = opened;
    return {
      format: exportFormat,
      trials,
      patterns,
      outputs: model.outputs,
      shape: dataset.shape,
      metrics: metricNames,
      codes: plan.codedBatches.map((coded) => ({
        name: codeName(plan.codedBatches, coded),
        K: coded.K,
        N: coded.N,
        depends_on_batch: dependsOnBatch(coded.encoder),
        schemes: [...new Set(coded.cells.map(({ entry }) => entry.label))],
      })),
      cells: plan.cells.map((cell) => ({
        name: `cell${cell.index}`,
        condition: cell.condition,
        code: codeName(plan.codedBatches, plan.codedBatches.find((coded) => coded.cells.includes(cell))!),
        ...cell.key,
        K: cell.codec.encoder.K,
        N: cell.N,
        E: plan.conditions[cell.condition]!.E,
        key: keys[cell.index],
      })),
      failures,
    };
  }
}

/** The text of `index.json`; its last key is the digest of what stands before. */
function sealedText(index: object): string {
  return `${JSON.stringify({ ...index, index_sha256: sha256(JSON.stringify(index)) }, null, 2)}\n`;
}

/** Whether the value of an `index.json` is what was written. */
export function isSealed({ index_sha256: digest, ...index }: Readonly<Record<string, unknown>>): boolean {
  return digest === sha256(JSON.stringify(index));
}

interface CellArrays {
  readonly survivors: Uint8Array;
  readonly liars: Uint8Array;
  /** The answers with their lies. */
  readonly received: Float64Array | undefined;
  readonly decoded: Float64Array;
}

function newArrays(patterns: number, { K, N, m }: { K: number; N: number; m: number }, lies: boolean): CellArrays {
  return {
    survivors: new Uint8Array(patterns * N),
    liars: new Uint8Array(patterns * N),
    received: lies ? new Float64Array(patterns * N * m).fill(Number.NaN) : undefined,
    decoded: new Float64Array(patterns * K * m).fill(Number.NaN),
  };
}

/** Runs an action the first time in a trial that its key comes. */
function onceATrial() {
  const seen = new Set<number>();
  const run = (key: number, action: () => void) => {
    if (seen.has(key)) return;
    seen.add(key);
    action();
  };
  return Object.assign(run, { next: () => seen.clear() });
}

function codeName(all: readonly CodedBatch[], coded: CodedBatch): string {
  return `code${all.indexOf(coded)}`;
}

/** The coded points [N, D] by worker. */
async function pointsOf({ N, parts, copies, ...task }: Task, D: number): Promise<Float32Array> {
  const points = new Float32Array(N * D);
  const queries = await task.queries();
  for (const { worker, query } of copies) points.set(queries.subarray(query * D, (query + 1) * D), worker * D);
  for (const { workers, ...part } of parts) {
    const own = await part.points();
    workers.forEach((worker, place) => {
      points.set(own.subarray(place * D, (place + 1) * D), worker * D);
    });
  }
  return points;
}
