import { UserError } from '../util/errors.ts';
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
 * Reads a journal or a `trials.csv` of the same plan. A last block that was cut off is left out.
 * @param file name for messages
 * @returns undefined when the header or a whole line is of another plan: the file is of another experiment
 * @throws UserError for a whole line that no run writes: not a number, a trial twice
 */
export function parseTrials(format: TrialFormat, content: Buffer, file: string): ParsedTrials | undefined {
  const trials = new Map<number, Float64Array>();
  const header = `${format.header}\n`;
  const start = Buffer.byteLength(header);
  if (content.length < start || content.toString('utf8', 0, start) !== header) return undefined;
  let wholeBytes = start;
  let offset = start;
  let lineNumber = 1;
  const refuse = (what: string): never => {
    throw new UserError(
      `${file}:${lineNumber}: ${what}; the file was edited or damaged: remove its folder and run again`,
    );
  };
  while (offset < content.length) {
    const values = new Float64Array(format.prefixes.length * format.columns);
    let trial: number | undefined;
    let place = 0;
    for (const prefix of format.prefixes) {
      const end = content.indexOf(10, offset);
      if (end < 0) return { trials, wholeBytes };
      lineNumber++;
      const line = content.toString('utf8', offset, end);
      if (!line.startsWith(`${prefix},`)) return undefined;
      const [number, ...fields] = line.slice(prefix.length + 1).split(',');
      if (fields.length !== format.columns) refuse(`${fields.length} metrics, expected ${format.columns}`);
      if (!/^\d+$/.test(number!)) refuse(`trial is "${number}", expected a whole number`);
      if (trial !== undefined && Number(number) !== trial) refuse(`trial ${number} among the cells of trial ${trial}`);
      trial = Number(number);
      if (trials.has(trial)) refuse(`trial ${trial} is there twice`);
      for (const field of fields) {
        const value = field === '' ? Number.NaN : Number(field);
        if (field !== '' && (Number.isNaN(value) || field.trim() === '')) refuse(`"${field}" is not a number`);
        values[place++] = value;
      }
      offset = end + 1;
    }
    trials.set(trial!, values);
    wholeBytes = offset;
  }
  return { trials, wholeBytes };
}
