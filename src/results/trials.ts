import { cellText, csvLine } from './csv.ts';

/**
 * The text of `trials.csv`. A trial is one block of lines, one a cell, always in the order of the plan: so a file that
 * was cut off anywhere is its whole blocks and a rest to drop.
 */
export interface TrialFormat {
  readonly header: string;
  /** Key columns of each cell, quoted once: only numbers differ between the trials. */
  readonly prefixes: readonly string[];
  /** Numbers a line: survivors, then the metrics. */
  readonly columns: number;
}

export function trialFormat(
  header: readonly string[],
  keys: readonly (readonly string[])[],
  columns: number,
): TrialFormat {
  return { header: csvLine(header), prefixes: keys.map((key) => csvLine(key)), columns };
}

/** The block of one trial. @param values [cells, columns] row-major, NaN where undefined */
export function trialText(format: TrialFormat, trial: number, values: Float64Array): string {
  let text = '';
  let place = 0;
  for (const prefix of format.prefixes) {
    text += `${prefix},${trial}`;
    for (let column = 0; column < format.columns; column++) text += `,${cellText(values[place++]!)}`;
    text += '\n';
  }
  return text;
}

export interface ParsedTrials {
  /** Values of each whole block, in the order of the file. */
  readonly trials: Map<number, Float64Array>;
  /** Length in bytes of the header and the whole blocks. */
  readonly wholeBytes: number;
}

/**
 * Reads a journal or a `trials.csv` of the same plan.
 * @returns undefined when the header or a whole line is of another plan: the file is of another experiment
 */
export function parseTrials(format: TrialFormat, content: Buffer): ParsedTrials | undefined {
  const trials = new Map<number, Float64Array>();
  const header = `${format.header}\n`;
  const start = Buffer.byteLength(header);
  if (content.length < start || content.toString('utf8', 0, start) !== header) return undefined;
  let wholeBytes = start;
  let offset = start;
  while (offset < content.length) {
    const values = new Float64Array(format.prefixes.length * format.columns);
    let trial: number | undefined;
    let place = 0;
    for (const prefix of format.prefixes) {
      const end = content.indexOf(10, offset);
      if (end < 0) return { trials, wholeBytes };
      const line = content.toString('utf8', offset, end);
      const fields = line.slice(prefix.length + 1).split(',');
      const number = Number(fields[0]);
      if (!line.startsWith(`${prefix},`) || fields.length !== format.columns + 1) return undefined;
      if (trial !== undefined && number !== trial) return undefined;
      trial = number;
      for (let column = 1; column <= format.columns; column++) {
        const field = fields[column]!;
        values[place++] = field === '' ? Number.NaN : Number(field);
      }
      offset = end + 1;
    }
    trials.set(trial!, values);
    wholeBytes = offset;
  }
  return { trials, wholeBytes };
}
