/** What a figure is before it is drawn: panels with axes and marks in the units of the data, and a legend. */
import type { Scale, Tick } from './scale.ts';

export interface Picture {
  readonly panels: readonly Panel[];
  /** Panels beside each other where the width allows it. */
  readonly columns: number;
  /** Panels of one row share the y axis, those of one column the x axis. */
  readonly shared: boolean;
  readonly legend: readonly LegendItem[];
  /** What the legend is of, where its entries do not say. */
  readonly legendTitle?: string;
  readonly colourBar?: ColourBar;
  /** The conditions of the whole figure: a line above it on a screen, left to the caption on paper. */
  readonly title: string;
  /** Height of a panel in rows of text; otherwise two thirds of its width. */
  readonly rows?: number;
}

export interface Panel {
  readonly heading?: string;
  readonly x: Axis;
  readonly y: Axis;
  /** Drawn in this order; points lie above all else. */
  readonly marks: readonly Mark[];
}

export interface Axis {
  readonly title?: string;
  readonly scale: Scale;
  readonly ticks: readonly Tick[];
  /** Whether ticks stand for bands of their own, such as schemes: then all are labelled, slanted where they must be. */
  readonly bands?: boolean;
  readonly grid?: boolean;
}

/** How a series is drawn. */
export interface Stroke {
  readonly colour: string;
  /** Lengths of dashes and gaps, in widths of the line; empty for a solid line. */
  readonly dash: readonly number[];
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

export type Mark =
  | { readonly kind: 'line'; readonly points: readonly Place[]; readonly stroke: Stroke; readonly series: string }
  | {
      readonly kind: 'band';
      readonly points: readonly { readonly x: number; readonly low: number; readonly high: number }[];
      readonly colour: string;
    }
  | {
      /** A straight line between two places; `Infinity` is the edge of the panel. */
      readonly kind: 'rule';
      readonly from: Place;
      readonly to: Place;
      readonly stroke: Stroke;
      readonly thin?: boolean;
      readonly tip?: string;
    }
  | {
      readonly kind: 'point';
      readonly x: number;
      readonly y: number;
      readonly marker: Marker;
      readonly colour: string;
      readonly small?: boolean;
      readonly tip?: string;
    }
  | {
      readonly kind: 'rect';
      readonly x: readonly [number, number];
      readonly y: readonly [number, number];
      readonly fill: Fill;
      readonly tip?: string;
    }
  | {
      readonly kind: 'text';
      readonly x: number;
      readonly y: number;
      readonly text: string;
      readonly anchor?: 'start' | 'middle' | 'end';
      readonly above?: boolean;
      readonly colour?: string;
    };

export interface Fill {
  readonly colour?: string;
  readonly outline?: string;
  /** Share of the colour in the fill, 1 where absent. */
  readonly opacity?: number;
  /** Lines across it. */
  readonly hatched?: boolean;
  /** Width of the outline in widths of a line. */
  readonly heavy?: boolean;
}

export const markers = [
  'circle',
  'square',
  'up',
  'diamond',
  'down',
  'plus',
  'right',
  'left',
  'cross',
  'star',
  'hexagon',
  'bar',
] as const;
export interface Marker {
  readonly shape: (typeof markers)[number];
  readonly hollow?: boolean;
}

export interface LegendItem {
  readonly label: string;
  readonly stroke?: Stroke;
  readonly marker?: Marker;
  readonly colour?: string;
  readonly fill?: Fill;
}

export interface ColourBar {
  readonly title: string;
  readonly colour: (share: number) => string;
  readonly ticks: readonly { readonly share: number; readonly label: string }[];
}
