import { arch, cpus, endianness } from 'node:os';
import type { Dataset } from '../datasets/dataset.ts';
import type { DatasetSpec } from '../datasets/spec.ts';
import type { KnownContracts, OnnxContract, OpenedModel } from '../models/contract.ts';
import type { Model } from '../models/model.ts';
import { modelEntry } from '../models/registry.ts';
import type { ModelSpec } from '../models/spec.ts';
import { codeVersion } from '../util/versions.ts';
import type { AnswerGroup, AnswerStore } from '../workers/answers.ts';
import type { StoredAnswers } from '../workers/stored.ts';
import type { LabelledBatch } from './draw.ts';

/** What stored answers are answers to: whatever can change a bit of them is part of their group or of their id. */

/** What the base model makes of queries. */
export interface QueryAnswers {
  /** Outputs of the model. */
  readonly m: number;
  /** @returns [K, m] */
  of(batch: LabelledBatch): Promise<Float64Array>;
}

/**
 * @param group where the outputs are kept, if anywhere; then a batch whose outputs are known is not read
 * @param infer gives the outputs of a batch that was read
 */
export function queryAnswers(
  model: Pick<Model, 'infer' | 'inferPrecisely' | 'outputs'>,
  group?: AnswerGroup,
  infer = (batch: LabelledBatch) => model.infer(batch.points, batch.K),
): QueryAnswers {
  return {
    m: model.outputs,
    async of(batch) {
      const known = group?.read(batch.id);
      if (known) return new Float64Array(known);
      await batch.read();
      if (model.inferPrecisely) return model.inferPrecisely(Float64Array.from(batch.points), batch.K);
      const outputs = await infer(batch);
      group?.write(batch.id, outputs);
      return new Float64Array(outputs);
    },
  };
}

/** The stored answers of one experiment. */
export interface Recall extends StoredAnswers {
  /** Outputs of the base model for the queries. */
  readonly queries: AnswerGroup;
  /** What the base model was found to do on a sample of the data. */
  readonly setUp: AnswerGroup;
  /** Answers that were read in place of an inference. */
  saved(): number;
}

export interface Recalled {
  readonly spec: { readonly model: ModelSpec; readonly dataset: DatasetSpec };
  readonly model: Model;
  /** Parity models by name. */
  readonly workerModels: ReadonlyMap<string, Model>;
  readonly dataset: Dataset;
}

export function recallFrom(store: AnswerStore, { spec, model, workerModels, dataset }: Recalled): Recall {
  let saved = 0;
  const common = {
    code: codeVersion(),
    // which instructions a library uses, and so the order of its sums, follows from the processor
    processor: [cpus()[0]?.model ?? '', arch(), endianness()],
    data: { sha256: dataset.sha256, shape: dataset.shape, reading: readingOfData(spec.dataset) },
  };
  const groups = new Map<string, AnswerGroup>();
  const groupOf = (of: Model, what: string, code: string): AnswerGroup => {
    const name = JSON.stringify([of.name, of.sha256, what, code]);
    const made = groups.get(name) ?? counted(open(of, what, code), of.outputs);
    groups.set(name, made);
    return made;
  };
  const open = (of: Model, what: string, code: string): AnswerGroup => {
    const { sha256, runtime, outputs, inputShape } = of;
    const reading = of === model ? readingOfModel(spec.model) : {};
    return store.group(
      { ...common, model: { sha256, runtime, outputs, inputShape, reading }, what, code },
      { model: of.name, dataset: dataset.name, answers: what },
    );
  };
  const counted = (group: AnswerGroup, outputs: number): AnswerGroup => ({
    read(id) {
      const known = group.read(id);
      if (known) saved += known.length / outputs;
      return known;
    },
    write: group.write,
  });
  return {
    queries: groupOf(model, 'queries', ''),
    setUp: open(model, 'set-up', ''),
    groupOf: ({ model: name, isFixed, code }) =>
      groupOf(name === undefined ? model : workerModels.get(name)!, 'coded points', isFixed ? code : ''),
    saved: () => saved,
  };
}

/** What opening models showed, kept. */
export function contractsFrom(store: AnswerStore): KnownContracts {
  const groups = new Map<string, AnswerGroup>();
  const groupOf = ({ name, ...model }: OpenedModel) => {
    const id = JSON.stringify(model);
    const made =
      groups.get(id) ??
      store.group({ code: codeVersion(), what: 'contract', model }, { model: name, dataset: '–', answers: 'contract' });
    groups.set(id, made);
    return made;
  };
  return {
    find(model) {
      const known = groupOf(model).read('');
      return known && (JSON.parse(Buffer.from(known).toString()) as OnnxContract);
    },
    keep: (model, contract) => groupOf(model).write('', Float32Array.from(Buffer.from(JSON.stringify(contract)))),
  };
}

/** How a model's file is used, besides its bytes. */
function readingOfModel(spec: ModelSpec): Readonly<Record<string, unknown>> {
  if (typeof spec === 'string') return { input: modelEntry(spec).input };
  return { input: 'input' in spec ? spec.input : undefined, ...('onnx' in spec && { outputName: spec.outputName }) };
}

/** Options of a data set that name a file: its bytes are part of the digest. */
const paths = new Set(['imagefolder', 'classes', 'npy', 'labels', 'idx', 'cifar10']);

/** How the files of a data set become points, besides their bytes. */
function readingOfData(spec: DatasetSpec): unknown {
  if (typeof spec === 'string') return spec;
  return Object.entries(spec).map(([key, value]) => [key, paths.has(key) ? '' : value]);
}
