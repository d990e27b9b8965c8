import { readFileSync } from 'node:fs';
import path from 'node:path';
import { lossFigure } from '../../figures/losses.ts';
import type { Figure } from '../../figures/render.ts';
import { csvRecords } from '../../results/csv.ts';
import { hasFile } from '../../results/read.ts';
import { lossFiles } from './format.ts';

/** What each network is trained for. */
const measures = { base: 'cross-entropy', parity: 'mean squared error' } as const;

/** The loss of each network by epoch. */
export function parityFigures(folder: string): Figure[] {
  const curves = (['base', 'parity'] as const).flatMap((network) => {
    if (!hasFile(folder, lossFiles[network])) return [];
    const rows = csvRecords(readFileSync(path.join(folder, lossFiles[network]), 'utf8'));
    return rows.map(({ model, epoch, loss }) => ({
      series: String(model),
      epoch: Number(epoch),
      loss: loss === null ? Number.NaN : Number(loss),
      facet: measures[network],
    }));
  });
  return [
    {
      name: 'loss-against-epoch',
      caption: 'Mean loss of each epoch on the training set, the part of the weight decay included.',
      spec: lossFigure(curves),
    },
  ];
}
