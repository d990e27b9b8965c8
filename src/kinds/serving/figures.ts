import type { Figure } from '../../figures/figure.ts';
import { servingFigures } from '../../figures/pictures/serving.ts';
import type { FigureSource } from '../../figures/write.ts';
import { readDistribution } from '../../results/distribution.ts';
import { hasFile } from '../../results/run-files.ts';
import { files } from '../../results/schema.ts';

/** Latency against load and accuracy; a folder that keeps its summary only has no tail. */
export function figuresOfServing({ folder, rows }: FigureSource): Figure[] {
  return servingFigures(rows, hasFile(folder, files.distribution) ? readDistribution(folder) : []);
}
