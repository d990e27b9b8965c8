import type { Command } from 'commander';
import { defaultOut } from './options.ts';
import { jsonText } from './print.ts';
import { runTexts, type SessionHooks } from './session.ts';

interface TrainFlags {
  out?: string;
  restart?: boolean;
  json?: boolean;
}

export function registerTrain(program: Command): void {
  const train = program.command('train').description('train models on TensorFlow.js');
  train
    .command('parity')
    .description('train a parity model of ParM: "run" with a line an epoch; a training that is there is gone on with')
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
    .action(async (name: string, flags: TrainFlags) => {
      process.exitCode = await trainParityCommand(name, flags);
    });
}

async function trainParityCommand(name: string, flags: TrainFlags): Promise<number> {
  const [{ readConfig }, { parseParity }, { carryOut }, training, { readTrained, trainedText }, { readManifest }] =
    await Promise.all([
      import('../config/load.ts'),
      import('../kinds/parity/schema.ts'),
      import('../runs/run.ts'),
      import('../kinds/parity/experiment.ts'),
      import('../kinds/parity/results.ts'),
      import('../results/read.ts'),
    ]);
  const { runSession } = await import('./session.ts');
  const document = readConfig(name);
  const out = flags.out ?? defaultOut(String(document.data.name));
  const work = async (hooks: SessionHooks) => {
    const config = parseParity(document.data);
    if (flags.restart) training.discardTraining(out);
    const experiment = training.parityExperiment(config, document, {
      onEpoch: (model, epoch, epochs, loss) =>
        hooks.onNotice(`${model}: epoch ${epoch} of ${epochs}, loss ${loss.toPrecision(5)}`),
    });
    return { ...(await carryOut(experiment, { ...hooks, out, jobs: 1 })), config };
  };
  const results = ({ config }: Awaited<ReturnType<typeof work>>) => {
    const trained = readTrained(out, config, training.baseOf(readManifest(out)).name);
    return flags.json ? jsonText(trained) : trainedText(trained);
  };
  return runSession(document, out, work, { ...runTexts, results });
}
