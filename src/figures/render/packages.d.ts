/** The parts of packages without types that the PDFs use. */

declare module 'pdfkit' {
  export default class PDFDocument {
    constructor(options: {
      size: [number, number];
      margin: number;
      info: Readonly<Record<string, string | Date>>;
    });
    on(event: 'data', listener: (chunk: Uint8Array) => void): this;
    on(event: 'end', listener: () => void): this;
    on(event: 'error', listener: (error: Error) => void): this;
    registerFont(name: string, file: string): this;
    end(): void;
  }
}

declare module 'svg-to-pdfkit' {
  import type PDFDocument from 'pdfkit';

  export default function svgToPdf(
    document: PDFDocument,
    svg: string,
    x: number,
    y: number,
    options: {
      width: number;
      height: number;
      fontCallback: () => string;
      warningCallback: (message: string) => void;
    },
  ): void;
}
