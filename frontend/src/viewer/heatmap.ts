/** Colours of a map. */

import type { EvidenceMap, Heatmap } from "../apiTypes";
import { mapGrid, type Rectangle } from "./mapGrid";

type Rgb = readonly [number, number, number];
type Rgba = [number, number, number, number];

// Both ends have OKLCH lightness 0.72, so neither sign looks stronger; blue and orange stay apart
// in the common colour-vision deficiencies.
export const AGAINST_COLOR: Rgb = [67, 172, 252];
export const FOR_COLOR: Rgb = [231, 139, 48];
// What was segmented speaks neither for nor against: OKLCH hue 150, between the two hues above.
export const MEMBER_COLOR: Rgb = [73, 222, 120];

export interface MapImage {
  rows: number;
  columns: number;
  /** In the image's own left-to-right order, even where the model saw it mirrored. */
  rgba: Uint8ClampedArray<ArrayBuffer>;
  /** In pixels of the image; it may reach outside, where the model saw padding. */
  rectangle: Rectangle;
}

/**
 * RGBA (0 to 255) of a contribution: the sign picks the colour, the size the opacity.
 *
 * The scale is fixed by the model, never stretched to a map's own maximum: a weak map looks weak.
 */
export function contributionColor(value: number, scale: number): Rgba {
  return faded(value < 0 ? AGAINST_COLOR : FOR_COLOR, Math.abs(value) / scale);
}

/**
 * RGBA of a membership: one colour, whose opacity grows with it from none at 0.
 *
 * Over an even ground equal steps of membership are then equal steps to the eye.
 */
export function membershipColor(value: number, scale: number): Rgba {
  return faded(MEMBER_COLOR, Math.max(0, value) / scale);
}

/** RGBA of a cell's value, by the map's method. */
export function cellColor(heatmap: Heatmap, value: number): Rgba {
  const color = heatmap.method === "membership" ? membershipColor : contributionColor;
  return color(value, heatmap.scale);
}

/** One RGBA pixel a cell, and the rectangle of the image that they cover. */
export function mapImage(heatmap: Heatmap): MapImage {
  const { rows, columns, values, rectangle } = mapGrid(heatmap);
  const rgba = new Uint8ClampedArray(rows * columns * 4);
  values.forEach((value, i) => {
    rgba.set(cellColor(heatmap, value), 4 * i);
  });
  return { rows, columns, rgba, rectangle };
}

/** The model's logit, which is the mean of the cells and the bias. */
export function logit(heatmap: EvidenceMap): number {
  const cells = heatmap.grid.flat();
  return cells.reduce((sum, value) => sum + value, 0) / cells.length + heatmap.bias;
}

function faded(color: Rgb, strength: number): Rgba {
  return [...color, Math.round(255 * Math.min(1, strength))];
}
