import path from 'node:path';
import type { Command } from 'commander';
import { print, printJson, say } from './print.ts';

interface TrainFlags {
  out?: string;
  restart?: boolean;
  json?: boolean;
}

export function registerTrain(program: Command): void {
  const train = program.command('train').description('train models on TensorFlow.js');
  train
    .command('parity')
    .description('train a parity model of ParM; a folder that holds a part of the training is gone on with')
    .argument('<config>', 'a YAML file of kind: parity')
    .option('-o, --out <folder>', 'folder of the models (default: results/runs/<name>)')
    .option('--restart', 'begin anew where a part of the training is')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Example:
  approxifer train parity configs/train/parity-mnist-k2.yaml

The model is used with  parm: {models: <folder>}  and the base model it was trained for.`,
    )
    .action(trainParityCommand);
}

async function trainParityCommand(name: string, flags: TrainFlags): Promise<void> {
  const [{ readConfig }, { loadParityTraining }, { trainParity }] = await Promise.all([
    import('../config/load.ts'),
    import('../kinds/parity/schema.ts'),
    import('../kinds/parity/train.ts'),
  ]);
  const document = readConfig(name);
  const config = loadParityTraining(document);
  const trained = await trainParity(config, {
    out: flags.out ?? path.join('results', 'runs', config.name),
    folder: document.folder,
    restart: flags.restart === true,
    onEpoch: (model, epoch, epochs, loss) => {
      say(`${model}: epoch ${epoch} of ${epochs}, loss ${loss.toPrecision(5)}`);
    },
  });
  if (flags.json) {
    printJson(trained);
    return;
  }
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  print(
    `${trained.file}\n` +
      `degraded accuracy ${percent(trained.degradedAccuracy)}, base model ${trained.base} ${percent(trained.baseAccuracy)}, ` +
      `agreement with it ${percent(trained.agreementWithBase)} (${trained.groups} consecutive groups, every single erasure)\n` +
      `errors of the parity models are amplified up to ${Number(trained.amplification.toPrecision(3))} times\n`,
  );
}
