import type { Figure } from '../../figures/figure.ts';
import { seriesStyles } from '../../figures/palette.ts';
import { trainingFigures, trainingSummaryFigures } from '../../figures/pictures/training.ts';
import type { FigureSource } from '../../figures/write.ts';
import { readIterations } from '../../results/read.ts';
import { hasFile } from '../../results/run-files.ts';
import { files } from '../../results/schema.ts';
import { readPublishedSpeedups } from '../../tables/published.ts';

/** What a training's time goes into, its accuracy and its speed; a folder that keeps its summary only has the first. */
export function figuresOfTraining({ folder, rows }: FigureSource): Figure[] {
  if (!hasFile(folder, files.iterations)) return trainingSummaryFigures(rows);
  const styles = seriesStyles(rows.map(({ key }) => key.scheme));
  return trainingFigures(readIterations(folder), rows, styles, readPublishedSpeedups());
}
