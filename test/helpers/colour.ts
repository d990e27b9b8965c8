/** Colours as readers see them, for the tests of figures. */

type Triple = readonly [number, number, number];

/** sRGB `#rrggbb` as linear light, each from 0 to 1 (IEC 61966-2-1). */
export function linear(hex: string): Triple {
  const channel = (i: number) => {
    const value = Number.parseInt(hex.slice(2 * i + 1, 2 * i + 3), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(0), channel(1), channel(2)];
}

/** Relative luminance (WCAG 2). */
function luminance([r, g, b]: Triple): number {
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Contrast to white (WCAG 2), from 1 to 21. */
export function contrastToWhite(hex: string): number {
  return 1.05 / (luminance(linear(hex)) + 0.05);
}

/**
 * Colours as readers without one kind of cone see them: Machado, Oliveira & Fernandes, IEEE TVCG 15 (2009), severity 1, on
 * linear light.
 */
const confusions: Readonly<Record<string, readonly Triple[]>> = {
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};
export const kindsOfColourBlindness = Object.keys(confusions);

export function seenWith(kind: string, [r, g, b]: Triple): Triple {
  const rows = confusions[kind]!.map(([x, y, z]) => Math.min(1, Math.max(0, x * r + y * g + z * b)));
  return [rows[0]!, rows[1]!, rows[2]!];
}

/** CIE L*a*b* (D65, 2°) of linear sRGB. */
export function lab([r, g, b]: Triple): Triple {
  const f = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116);
  const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
  const y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
  const z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** CIE 1976 difference of two colours. */
export function difference(a: Triple, b: Triple): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}
