import type { Member } from '../util/registry.ts';
import type { PaperTable } from './table.ts';

/** What an author decides about a table. */
export interface TableStyle {
  /** In place of our own caption; the text is LaTeX's or plain as the format is. */
  readonly caption?: string | undefined;
  /** For `\ref`. */
  readonly label?: string | undefined;
  /** Marks the best cells of our own of each condition. */
  readonly best?: 'bold' | undefined;
}

/** A way to write a table. One file a format; `formats.ts` lists them. */
export interface TableFormat<Name extends string = string> extends Member<Name> {
  /** The file of a run that holds its table in this format; absent for a format that is only printed on request. */
  readonly file?: string;
  /** @returns text that ends with a newline */
  render(table: PaperTable, style?: TableStyle): string;
}

/** The table's member with its name as a type. A member without `render` does not compile. */
export function tableFormat<const Name extends string>(format: TableFormat<Name>): TableFormat<Name> {
  return format;
}
