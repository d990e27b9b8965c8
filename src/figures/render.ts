import { createRequire } from 'node:module';
import path from 'node:path';
import type { TopLevelSpec } from 'vega-lite';
import { vegaConfig } from './theme.ts';

/** A Vega-Lite specification without the shared look: plain data, which Vega-Lite checks when it is drawn. */
export type FigureSpec = Readonly<Record<string, unknown>>;

/** A figure of a run. */
export interface Figure {
  /** File name without extension. */
  readonly name: string;
  /** What a caption says. */
  readonly caption: string;
  readonly spec: FigureSpec;
}

/**
 * Draws a specification.
 * @returns SVG text, the same bytes for the same specification
 */
export async function renderSvg(spec: FigureSpec): Promise<string> {
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  const whole: object = { ...spec, config: vegaConfig };
  const { spec: compiled } = compile(whole as TopLevelSpec, { logger: strictLogger });
  vega.textMetrics.width = textWidth;
  vega.resetSVGDefIds(); // ids count up over the life of the process otherwise
  const view = new vega.View(vega.parse(compiled), { renderer: 'none', logger: strictLogger });
  try {
    return `${withTitles(await view.toSVG())}\n`;
  } finally {
    view.finalize();
  }
}

/**
 * Text is measured without a canvas. Vega then takes every character for 0.8 em, which is a quarter too wide for DejaVu Sans
 * and pushes titles away from their axes.
 */
function textWidth(item: { fontSize?: number }, text: unknown): number {
  return 0.63 * (item.fontSize ?? 11) * [...String(text ?? '')].length;
}

declare module 'vega' {
  /** What `vega` exports but does not declare. */
  export const textMetrics: { width: typeof textWidth };
}

/** A warning of Vega means that a figure does not show what was meant: it is an error here. */
const strictLogger = {
  level: () => strictLogger,
  error: fail,
  warn: fail,
  info: () => strictLogger,
  debug: () => strictLogger,
};

function fail(...messages: readonly unknown[]): never {
  throw new Error(`vega: ${messages.join(' ')}`);
}

/** Gives every mark with a description a `<title>`, which browsers show as its tooltip. */
function withTitles(svg: string): string {
  return svg.replace(
    /<(path|rect|line)((?: [\w:-]+="[^"]*")*? aria-label="([^"]*)" role="graphics-symbol"(?: [\w:-]+="[^"]*")*)(?:\/>|><\/\1>)/g,
    '<$1$2><title>$3</title></$1>',
  );
}

/** @param scale pixels of the picture per pixel of the SVG */
export async function renderPng(svg: string, scale = 2): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js');
  const require = createRequire(import.meta.url);
  // the package's own font: many machines, and most containers, have none, and text would vanish without a word
  const fonts = path.join(path.dirname(require.resolve('dejavu-fonts-ttf/package.json')), 'ttf');
  const picture = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: scale },
    font: {
      loadSystemFonts: false,
      fontFiles: ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((file) => path.join(fonts, file)),
      defaultFontFamily: 'DejaVu Sans',
    },
  });
  return picture.render().asPng();
}
