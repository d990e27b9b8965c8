import { counted } from '../util/text.ts';
import { ConfigIssue } from './issues.ts';
import { limits } from './values.ts';

/** @throws ConfigIssue for more cells than an experiment may have */
export function checkCells(cells: number): void {
  if (cells > limits.cells)
    throw new ConfigIssue(
      [],
      `${cells} cells (the product of all lists); an experiment has at most ${limits.cells}: shorten a list, or make several configs`,
    );
}

/** The same where the values of every trial of a cell are held. @param what a trial of a cell is called, in the plural */
export function checkTrials(cells: number, trials: number, what: string): void {
  checkCells(cells);
  if (cells * trials > limits.trials)
    throw new ConfigIssue(
      ['trials'],
      `${counted(trials, 'trial')} of ${counted(cells, 'cell')} are ${cells * trials} ${what}; at most ${limits.trials}: the values of all are held in memory`,
    );
}
