import { parse } from 'csv-parse/sync';
import { cellText, csvLine } from '../../results/csv.ts';
import type { UnitFormat } from '../../runs/stage.ts';
import { UserError } from '../../util/errors.ts';

/** A trained network, as its CSV has it: the mean loss of each epoch, the weight decay's part included. */
export interface Losses {
  readonly model: string;
  readonly losses: readonly number[];
}

/** What a training yields. */
export interface Trained extends Losses {
  /** `<model>.onnx` and the description `<model>.json`. */
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** The two networks of a training: id of the one unit of their stage, and file of their losses. */
export const lossFiles = { base: 'base-losses.csv', parity: 'losses.csv' } as const;
export type Network = keyof typeof lossFiles;

/** Files of a trained network. */
export function modelFiles(model: string): { readonly onnx: string; readonly description: string } {
  return { onnx: `${model}.onnx`, description: `${model}.json` };
}

const columns = ['model', 'epoch', 'loss'];

/** `losses.csv`: a line an epoch; the stage has one unit. */
export function lossFormat(network: Network): UnitFormat<Losses> {
  return {
    file: lossFiles[network],
    header: csvLine(columns),
    keys: [network],
    trialOf: () => 0,
    unitOf: () => network,
    files: ({ model }) => Object.values(modelFiles(model)),
    text: (_, { model, losses }) =>
      losses.map((loss, i) => `${csvLine([model, String(i + 1), cellText(loss)])}\n`).join(''),
    read(lines) {
      const losses: number[] = [];
      let model = '';
      for (let line = lines.take(); line !== undefined; line = lines.take()) {
        const [name = '', epoch, loss = ''] = fieldsOf(line);
        const isNext = Number(epoch) === losses.length + 1 && (losses.length === 0 || name === model);
        if (!isNext || (loss !== '' && !Number.isFinite(Number(loss))))
          throw new UserError(`${lines.place}: no epoch of this training; the file was edited or damaged`);
        model = name;
        losses.push(loss === '' ? Number.NaN : Number(loss));
      }
      return { unit: network, result: { model, losses } };
    },
  };
}

function fieldsOf(line: string): string[] {
  try {
    return (parse(line)[0] ?? []) as string[];
  } catch {
    return [];
  }
}
