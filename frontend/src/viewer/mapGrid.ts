/** A map's cells in the image's own order, and which of them lies where. */

import type { Heatmap, MapGeometry } from "../apiTypes";
import type { Point } from "./view";

export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface MapGrid {
  rows: number;
  columns: number;
  /** Row by row from the image's top left, even where the model saw it mirrored. */
  values: Float64Array;
  /** In pixels of the image; it may reach outside, where the model saw padding. */
  rectangle: Rectangle;
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

export function mapGrid({ grid, geometry }: Heatmap): MapGrid {
  const rows = grid.length;
  const columns = grid[0]?.length ?? 0;
  const mirrored = geometry.left > geometry.right;
  const upended = geometry.top > geometry.bottom;
  const values = new Float64Array(rows * columns);
  grid.forEach((cells, i) => {
    cells.forEach((value, j) => {
      const row = upended ? rows - 1 - i : i;
      const column = mirrored ? columns - 1 - j : j;
      values[row * columns + column] = value;
    });
  });
  return { rows, columns, values, rectangle: mapRectangle(geometry) };
}

/** One cell's place on the image. */
export function cellRectangle(grid: MapGrid, row: number, column: number): Rectangle {
  const { rectangle } = grid;
  const [width, height] = [rectangle.width / grid.columns, rectangle.height / grid.rows];
  return { x: rectangle.x + column * width, y: rectangle.y + row * height, width, height };
}

/** The value of the cell that a point of the image lies in; null outside of the map. */
export function mapValue(grid: MapGrid, at: Point): number | null {
  const { rectangle, rows, columns, values } = grid;
  const column = Math.floor(((at.x - rectangle.x) / rectangle.width) * columns);
  const row = Math.floor(((at.y - rectangle.y) / rectangle.height) * rows);
  if (row < 0 || row >= rows || column < 0 || column >= columns) return null;
  return values[row * columns + column] ?? null;
}
