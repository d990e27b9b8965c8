/** Text in SVG: how wide it is in DejaVu Sans, and the index of a λ. */

/** DejaVu Sans comes with the package for PNG and PDF; the others have nearly its widths where a browser lacks it. */
const fontFamily = 'DejaVu Sans, Verdana, sans-serif';

/** Advance widths of the characters 32 to 126 in thousandths of the font size (from the font's `hmtx` table). */
const widths =
  '318 401 460 838 636 950 780 275 390 390 500 838 318 361 318 337 636 636 636 636 636 636 636 636 636 636 337 337 838 838 838 531 1000 684 686 698 770 632 575 775 752 295 295 656 557 863 748 787 603 787 695 635 611 732 684 989 685 611 685 390 337 390 838 500 500 613 635 550 635 615 352 635 634 278 278 579 278 974 634 612 635 635 411 521 392 634 592 818 592 592 525 636 337 636 838'
    .split(' ')
    .map(Number);
const others: Readonly<Record<string, number>> = { λ: 592, '−': 838, '±': 838, '⁻': 528, '·': 318, '□': 945 };

/** Smallest text of a figure, in points; the index of a λ is not smaller either. */
export const smallestText = 7;

function indexSize(size: number): number {
  return Math.max(smallestText, 0.72 * size);
}

/** Pieces of a text: `λ_enc` is a λ and its index. */
function pieces(text: string): { readonly text: string; readonly index: boolean }[] {
  return text
    .split(/(?<=λ)_(enc|dec)/)
    .map((part, i) => ({ text: part, index: i % 2 === 1 }))
    .filter((part) => part.text !== '');
}

/** Width of a line of text in the unit of `size`. */
export function textWidth(text: string, size: number): number {
  let width = 0;
  for (const piece of pieces(text)) {
    const em = (piece.index ? indexSize(size) : size) / 1000;
    for (const character of piece.text) {
      width +=
        em * (widths[character.codePointAt(0)! - 32] ?? others[character] ?? (isSuperscript(character) ? 401 : 900));
    }
  }
  return width;
}

function isSuperscript(character: string): boolean {
  return '⁰¹²³⁴⁵⁶⁷⁸⁹'.includes(character);
}

/** Lines of at most `width`, broken after commas where there are some, else at spaces. */
export function wrapped(text: string, size: number, width: number): string[] {
  const lines: string[] = [];
  const parts = text
    .split(/(?<=, )/)
    .flatMap((part) => (textWidth(part.trimEnd(), size) > width ? part.split(/(?<= )/) : [part]));
  for (const part of parts) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(last + part.trimEnd(), size) <= width) lines[lines.length - 1] = last + part;
    else lines.push(part);
  }
  return lines.map((line) => line.trimEnd());
}

export function escapeXml(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => entities[character]!);
}

/** A number in SVG: hundredths of a point are finer than any print. */
export function coordinate(value: number): string {
  return String(Math.round(value * 100) / 100 + 0);
}

export interface TextStyle {
  readonly size: number;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly colour?: string;
  /** Degrees, about the place. */
  readonly turn?: number;
}

/** A line of text at a place of its baseline. */
export function svgText(x: number, y: number, text: string, style: TextStyle): string {
  const { size, anchor = 'start', colour = '#222222', turn } = style;
  const lower = coordinate(0.22 * size);
  const parts = pieces(text);
  const content = parts.map((part, i) => {
    const shift = part.index ? lower : parts[i - 1]?.index ? `-${lower}` : undefined;
    if (!shift) return escapeXml(part.text);
    return `<tspan dy="${shift}" font-size="${coordinate(part.index ? indexSize(size) : size)}">${escapeXml(part.text)}</tspan>`;
  });
  const turned = turn ? ` transform="rotate(${turn} ${coordinate(x)} ${coordinate(y)})"` : '';
  return `<text x="${coordinate(x)}" y="${coordinate(y)}" font-family="${fontFamily}" font-size="${coordinate(size)}" text-anchor="${anchor}" fill="${colour}"${turned}>${content.join('')}</text>`;
}
