import { fontFile } from './png.ts';

/** CSS pixels of a point. */
const pixelsPerPoint = 96 / 72;

/**
 * A PDF of one page, as large as the SVG: text stays text in an embedded font, lines stay lines. The same bytes for the same
 * SVG: nothing in it depends on the clock.
 */
export async function renderPdf(svg: string): Promise<Uint8Array> {
  const [{ default: PDFDocument }, { default: svgToPdf }] = await Promise.all([
    import('pdfkit'),
    import('svg-to-pdfkit'),
  ]);
  const [, width, unit, height] = /<svg [^>]*?width="([\d.]+)(pt)?" height="([\d.]+)/.exec(svg) ?? [];
  const scale = unit === 'pt' ? 1 : 1 / pixelsPerPoint;
  const size: [number, number] = [Number(width) * scale, Number(height) * scale];
  const document = new PDFDocument({
    size,
    margin: 0,
    // the date also makes the document's id
    info: { CreationDate: new Date(0), Producer: 'approxifer', Creator: 'approxifer' },
  });
  const chunks: Uint8Array[] = [];
  document.on('data', (chunk: Uint8Array) => chunks.push(chunk));
  const whole = new Promise<void>((resolve, reject) => {
    document.on('end', resolve);
    document.on('error', reject);
  });
  document.registerFont('DejaVu Sans', fontFile('DejaVuSans.ttf'));
  svgToPdf(document, svg, 0, 0, {
    width: size[0],
    height: size[1],
    fontCallback: () => 'DejaVu Sans',
    warningCallback: (message: string) => {
      throw new Error(`svg-to-pdfkit: ${message}`);
    },
  });
  document.end();
  await whole;
  return Buffer.concat(chunks);
}
