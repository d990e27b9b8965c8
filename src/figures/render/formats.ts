import { renderPdf } from './pdf.ts';
import { renderPng } from './png.ts';

/** A file format of a single figure. */
export interface FigureFormat {
  readonly name: string;
  /** What it is for, in the help. */
  readonly summary: string;
  /** From the SVG that a figure is drawn as. */
  readonly render: (svg: string) => Promise<string | Uint8Array>;
}

/** Every format that a figure can be written in, in the order in which files are listed; the name is the extension. */
export const figureFormats = [
  { name: 'svg', summary: 'for the web; text stays text', render: (svg: string) => Promise.resolve(svg) },
  { name: 'png', summary: 'pixels: twice those of the screen, or 300 an inch with --width', render: renderPng },
  { name: 'pdf', summary: 'for LaTeX; vector, fonts embedded', render: renderPdf },
] as const satisfies readonly FigureFormat[];

/** Names that `--format` takes: those of the formats, and the report page. */
export type FormatName = (typeof figureFormats)[number]['name'] | 'html';
export const formatNames: readonly FormatName[] = [...figureFormats.map(({ name }) => name), 'html'];
