import type { Command } from 'commander';
import { numbers, wholeNumber } from './options.ts';
import { downloadReport, printJson, printTable } from './print.ts';

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
        process.stdout.write(`${await pullModel(name, downloadFolder(), downloadReport(name))}\n`);
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
        process.stdout.write(`${entry.name}: verified, SHA-256 ${model.sha256}\n`);
        await model.dispose();
      }
    });

  command
    .command('evaluate')
    .description('measure the accuracy of a model on a data set')
    .argument('<model>', 'registry name, .onnx file or TensorFlow.js model.json')
    .option('--dataset <name>', "data set (default: the model's own)")
    .option('--limit <n>', 'only the first n images', wholeNumber(1))
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  approxifer models evaluate vit-tiny-imagenet --dataset imagenet-samples')
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
  process.stdout.write(`${out}: ${network.name}, ${bytes.length} bytes, SHA-256 ${sha256(bytes)}\n`);
}

async function evaluate(name: string, options: { dataset?: string; limit?: number; json?: boolean }): Promise<void> {
  const { UserError } = await import('../util/errors.ts');
  const { evaluateModel } = await import('./evaluate.ts');
  const { models, openModel } = await import('../models/registry.ts');
  const { openDataset } = await import('../datasets/registry.ts');
  const file = /\.(onnx|json)$/.exec(name)?.[1];
  const datasetName = options.dataset ?? (file ? undefined : models.get(name).reference.dataset);
  if (!datasetName) throw new UserError(`${name}: say which data set by --dataset`);
  const dataset = await openDataset(datasetName);
  const model = await openModel(file === 'onnx' ? { onnx: name } : file ? { tfjs: name } : name);
  const onTerminal = process.stderr.isTTY;
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
  process.stdout.write(
    `${model.name} on ${result.images} images of ${dataset.name}: top-1 ${percent(result.top1)}${five} ` +
      `(${model.runtime}, ${seconds.toFixed(1)} s)\n`,
  );
}
