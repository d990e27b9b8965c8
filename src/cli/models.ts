import type { Command } from 'commander';
import type { DatasetSpec } from '../datasets/spec.ts';
import type { ModelSpec } from '../models/spec.ts';
import { numbers, wholeNumber } from './options.ts';
import { downloadReport, isTerminal, print, printJson, printTable, say, warnOfDataFolder } from './print.ts';

/** `approxifer models list | pull | verify | evaluate | import`. */
export function registerModels(program: Command): void {
  const command = program.command('models').description('the models that a config can name');

  command
    .command('list')
    .description('what is known, what is here, and how accurate it is')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  approxifer models list')
    .action(async (options: { json?: boolean }) => {
      const { locateModel, models } = await import('../models/registry.ts');
      await warnOfDataFolder();
      const rows = models.entries.map((entry) => ({
        name: entry.name,
        dataset: entry.reference.dataset,
        top1: entry.reference.top1 ?? null,
        runtime: entry.runtime,
        path: locateModel(entry) ?? null,
        description: entry.summary,
      }));
      if (options.json) return printJson(rows);
      printTable(
        ['name', 'dataset', 'top-1 %', 'here', 'description'],
        rows.map((row) => [
          row.name,
          row.dataset,
          row.top1?.toFixed(2) ?? '',
          row.path ? 'yes' : 'no',
          row.description,
        ]),
      );
    });

  command
    .command('pull')
    .description('get models from their public sources, verify them and turn them into ONNX')
    .argument('<names...>', 'registry names')
    .addHelpText('after', '\nExample:\n  approxifer models pull resnet20-cifar10')
    .action(async (names: string[]) => {
      const { models } = await import('../models/registry.ts');
      const { pullModel } = await import('../models/pull.ts');
      const { downloadFolder } = await import('../util/folders.ts');
      names.forEach(models.get); // all names are right before anything is fetched
      for (const name of names) {
        print(`${await pullModel(name, downloadFolder(), downloadReport(name))}\n`);
      }
    });

  command
    .command('verify')
    .description('compare the digests of model files that are here with the registry')
    .argument('[names...]', 'registry names (default: all that are here)')
    .addHelpText('after', '\nExample:\n  approxifer models verify resnet20-cifar10')
    .action(async (names: string[]) => {
      const { locateModel, models, openModel } = await import('../models/registry.ts');
      const entries = names.length > 0 ? names.map(models.get) : models.entries.filter((entry) => locateModel(entry));
      for (const entry of entries) {
        const model = await openModel(entry.name);
        print(`${entry.name}: verified, SHA-256 ${model.sha256}\n`);
        await model.dispose();
      }
    });

  command
    .command('evaluate')
    .description('measure the accuracy of a model on a data set')
    .argument(
      '<model>',
      'registry name, .onnx file, TensorFlow.js model.json, or a config (.yaml): its model and dataset',
    )
    .option('--dataset <name>', "data set (default: the model's own, or the config's)")
    .option('--limit <n>', 'only the first n images', wholeNumber(1))
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  approxifer models evaluate vit-tiny-imagenet --dataset imagenet-samples\n  approxifer models evaluate my.yaml',
    )
    .action(evaluate);

  command
    .command('import')
    .description('turn a PyTorch or safetensors checkpoint into an ONNX file; nothing in it is executed')
    .argument('<checkpoint>', '.pt, .pth or .safetensors')
    .requiredOption('--architecture <name>', 'the network that the weights are of')
    .requiredOption('--out <file>', 'ONNX file to write')
    .option('--classes <n>', 'refuse a checkpoint with another number of classes', wholeNumber(1))
    .option('--mean <values>', 'mean of each channel, as of pixel / 255 (default: of the published weights)', numbers)
    .option('--std <values>', 'standard deviation of each channel', numbers)
    .addHelpText(
      'after',
      '\nExample:\n  approxifer models import my.pth --architecture repvgg-a0 --classes 10 --out my.onnx',
    )
    .action(importCheckpoint);
}

interface ImportCommand {
  architecture: string;
  out: string;
  classes?: number;
  mean?: number[];
  std?: number[];
}

async function importCheckpoint(path: string, { out, mean, std, classes, ...options }: ImportCommand): Promise<void> {
  const { architectures, buildOnnx } = await import('../models/import/architectures.ts');
  const { readCheckpoint } = await import('../models/import/checkpoint.ts');
  const { sha256 } = await import('../util/files.ts');
  const { writeWhole } = await import('../util/atomic.ts');
  const network = architectures.get(options.architecture);
  const normalisation = { mean: mean ?? network.normalisation.mean, std: std ?? network.normalisation.std };
  const bytes = await buildOnnx(await readCheckpoint(path), network, {
    normalisation,
    ...(classes ? { classes } : {}),
  });
  writeWhole(out, bytes);
  print(`${out}: ${network.name}, ${bytes.length} bytes, SHA-256 ${sha256(bytes)}\n`);
}

/** A model, the data set it is measured on, and the folder that their paths start from. */
interface Subject {
  readonly model: ModelSpec;
  readonly dataset: DatasetSpec;
  readonly folder: string;
}

/** @throws UserError when nothing says on which data set */
async function subjectByName(name: string, dataset: string | undefined): Promise<Subject> {
  const { modelEntry } = await import('../models/registry.ts');
  const { UserError } = await import('../util/errors.ts');
  const file = /\.(onnx|json)$/.exec(name)?.[1];
  const measuredOn = dataset ?? (file ? undefined : modelEntry(name).reference.dataset);
  if (!measuredOn)
    throw new UserError(`${name}: say which data set by --dataset, or give a config with model: and dataset:`);
  return { model: file === 'onnx' ? { onnx: name } : file ? { tfjs: name } : name, dataset: measuredOn, folder: '' };
}

/** `model:` and `dataset:` of a config; nothing else in it matters. */
async function subjectOfConfig(file: string): Promise<Subject> {
  const { readConfig } = await import('../config/load.ts');
  const { parseWith } = await import('../config/issues.ts');
  const { modelSpecSchema } = await import('../models/spec.ts');
  const { datasetSpecSchema } = await import('../datasets/spec.ts');
  const { data, folder, located } = readConfig(file);
  try {
    return {
      model: parseWith(modelSpecSchema, data.model, ['model']),
      dataset: parseWith(datasetSpecSchema, data.dataset, ['dataset']),
      folder,
    };
  } catch (error) {
    throw located(error);
  }
}

async function evaluate(name: string, options: { dataset?: string; limit?: number; json?: boolean }): Promise<void> {
  const { evaluateModel } = await import('./evaluate.ts');
  const { openModel } = await import('../models/registry.ts');
  const { openDataset } = await import('../datasets/registry.ts');
  const { checkLabels } = await import('../datasets/labels.ts');
  const subject = await (/\.ya?ml$/i.test(name) ? subjectOfConfig(name) : subjectByName(name, options.dataset));
  const context = { folder: subject.folder };
  const dataset = await openDataset(options.dataset ?? subject.dataset, context);
  const model = await openModel(subject.model, context);
  const warning = checkLabels(dataset, model);
  if (warning) say(`warning: ${warning}`);
  const onTerminal = isTerminal();
  const start = performance.now();
  const result = await evaluateModel(model, dataset, options.limit, (done) => {
    if (onTerminal) process.stderr.write(`\r${done} images`);
  });
  if (onTerminal) process.stderr.write('\r\x1b[K');
  const seconds = (performance.now() - start) / 1000;
  await model.dispose();
  const row = { model: model.name, dataset: dataset.name, runtime: model.runtime, ...result, seconds };
  if (options.json) return printJson(row);
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const five = model.outputs > 10 ? `, top-5 ${percent(result.top5)}` : '';
  print(
    `${model.name} on ${result.images} images of ${dataset.name}: top-1 ${percent(result.top1)}${five} ` +
      `(${model.runtime}, ${seconds.toFixed(1)} s)\n`,
  );
}
