/** Colours of a signed map and where they lie on the image. */

import type { Heatmap, MapGeometry } from "../apiTypes";

type Rgb = readonly [number, number, number];

// Both ends have OKLCH lightness 0.72, so neither sign looks stronger; blue and orange stay apart
// in the common colour-vision deficiencies.
export const AGAINST_COLOR: Rgb = [67, 172, 252];
export const FOR_COLOR: Rgb = [231, 139, 48];

export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

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
export function contributionColor(value: number, scale: number): [number, number, number, number] {
  const color = value < 0 ? AGAINST_COLOR : FOR_COLOR;
  const strength = Math.min(1, Math.abs(value) / scale);
  return [color[0], color[1], color[2], Math.round(255 * strength)];
}

/** Where the grid's outer edges lie, with positive width and height. */
export function mapRectangle(geometry: MapGeometry): Rectangle {
  return {
    x: Math.min(geometry.left, geometry.right),
    y: Math.min(geometry.top, geometry.bottom),
    width: Math.abs(geometry.right - geometry.left),
    height: Math.abs(geometry.bottom - geometry.top),
  };
}

/** One RGBA pixel a cell, and the rectangle of the image that they cover. */
export function mapImage(heatmap: Heatmap): MapImage {
  const rows = heatmap.grid.length;
  const columns = heatmap.grid[0]?.length ?? 0;
  const mirrored = heatmap.geometry.left > heatmap.geometry.right;
  const upended = heatmap.geometry.top > heatmap.geometry.bottom;
  const rgba = new Uint8ClampedArray(rows * columns * 4);
  heatmap.grid.forEach((cells, i) => {
    cells.forEach((value, j) => {
      const row = upended ? rows - 1 - i : i;
      const column = mirrored ? columns - 1 - j : j;
      rgba.set(contributionColor(value, heatmap.scale), 4 * (row * columns + column));
    });
  });
  return { rows, columns, rgba, rectangle: mapRectangle(heatmap.geometry) };
}

/** The model's logit, which is the mean of the cells and the bias. */
export function logit(heatmap: Heatmap): number {
  const cells = heatmap.grid.flat();
  return cells.reduce((sum, value) => sum + value, 0) / cells.length + heatmap.bias;
}
