import type { Figure } from '../../figures/figure.ts';
import { lossPicture } from '../../figures/pictures/losses.ts';
import { csvRecords } from '../../results/csv.ts';
import { hasFile, readRunText } from '../../results/run-files.ts';
import { lossFiles } from './format.ts';

/** What each network is trained for. */
const measures = { base: 'cross-entropy', parity: 'mean squared error' } as const;

/** The loss of each network by epoch; nothing of a folder that keeps its summary only. */
export function parityFigures(folder: string, name: string): Figure[] {
  const curves = (['base', 'parity'] as const).flatMap((network) => {
    if (!hasFile(folder, lossFiles[network])) return [];
    const rows = csvRecords(readRunText(folder, lossFiles[network]));
    return rows.map(({ model, epoch, loss }) => ({
      series: String(model),
      epoch: Number(epoch),
      loss: loss === null ? Number.NaN : Number(loss),
      measure: measures[network],
    }));
  });
  if (curves.length === 0) return [];
  return [
    {
      name: 'loss-against-epoch',
      caption: 'Mean loss of each epoch on the training set, the part of the weight decay included.',
      picture: lossPicture(curves, name),
    },
  ];
}
