import { createRequire } from 'node:module';
import path from 'node:path';

/** The package's own fonts: many machines, and most containers, have none, and text would vanish without a word. */
export function fontFile(name: 'DejaVuSans.ttf' | 'DejaVuSans-Bold.ttf'): string {
  const require = createRequire(import.meta.url);
  return path.join(path.dirname(require.resolve('dejavu-fonts-ttf/package.json')), 'ttf', name);
}

/** Pixels of an inch of paper. */
const dotsPerInch = 300;

/** Twice the pixels of an SVG for a screen; 300 dots per inch of one that is measured in points. */
export async function renderPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js');
  const [, width, unit] = /<svg [^>]*?width="([\d.]+)(pt)?"/.exec(svg) ?? [];
  const pixels = unit === 'pt' ? (Number(width) * dotsPerInch) / 72 : 2 * Number(width);
  const picture = new Resvg(svg, {
    fitTo: { mode: 'width', value: Math.round(pixels) },
    font: { loadSystemFonts: false, fontFiles: [fontFile('DejaVuSans.ttf')], defaultFontFamily: 'DejaVu Sans' },
  });
  return picture.render().asPng();
}
