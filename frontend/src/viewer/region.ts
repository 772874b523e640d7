/** The strongest region of a map: what stands out most, and how large it is. */

import { cellRectangle, type MapGrid, type Rectangle } from "./mapGrid";

/** A cell belongs to the region with half the value of the strongest, or more. */
const SHARE = 0.5;

export interface Region {
  /** The value of its strongest cell. */
  peak: number;
  cells: number;
  /** What it spans, in pixels of the image and no further than the image. */
  bounds: Rectangle;
  /** The cells' outer edge as an SVG path in pixels of the image. */
  outline: string;
}

/**
 * The strongest cell of those whose centre lies on the image, with the cells that touch it side
 * by side and are at least half as strong; null where no cell is above 0.
 */
export function strongestRegion(
  grid: MapGrid,
  image: { rows: number; columns: number },
): Region | null {
  const on = cellsOnImage(grid, image);
  let peak = -1;
  grid.values.forEach((value, i) => {
    if (on[i] && value > 0 && (peak < 0 || value > (grid.values[peak] ?? 0))) peak = i;
  });
  const most = grid.values[peak];
  if (most === undefined) return null;

  const members = new Set([peak]);
  // A set hands out what is added while it is walked through.
  for (const member of members) {
    for (const next of neighbours(grid, member)) {
      if (on[next] && (grid.values[next] ?? 0) >= SHARE * most) members.add(next);
    }
  }
  return {
    peak: most,
    cells: members.size,
    bounds: bounds(grid, members, image),
    outline: outline(grid, members),
  };
}

function cellsOnImage(grid: MapGrid, image: { rows: number; columns: number }): boolean[] {
  return Array.from(grid.values, (_, i) => {
    const { x, y, width, height } = cell(grid, i);
    const [across, down] = [x + width / 2, y + height / 2];
    return across >= 0 && down >= 0 && across <= image.columns && down <= image.rows;
  });
}

function cell(grid: MapGrid, index: number): Rectangle {
  return cellRectangle(grid, Math.floor(index / grid.columns), index % grid.columns);
}

function neighbours({ rows, columns }: MapGrid, index: number): number[] {
  const [row, column] = [Math.floor(index / columns), index % columns];
  const found: number[] = [];
  if (row > 0) found.push(index - columns);
  if (row < rows - 1) found.push(index + columns);
  if (column > 0) found.push(index - 1);
  if (column < columns - 1) found.push(index + 1);
  return found;
}

function bounds(
  grid: MapGrid,
  members: ReadonlySet<number>,
  image: { rows: number; columns: number },
): Rectangle {
  const cells = [...members].map((member) => cell(grid, member));
  const x = Math.max(0, Math.min(...cells.map((one) => one.x)));
  const y = Math.max(0, Math.min(...cells.map((one) => one.y)));
  const right = Math.min(image.columns, Math.max(...cells.map((one) => one.x + one.width)));
  const bottom = Math.min(image.rows, Math.max(...cells.map((one) => one.y + one.height)));
  return { x, y, width: right - x, height: bottom - y };
}

/** The sides that a member has in common with no other. */
function outline(grid: MapGrid, members: ReadonlySet<number>): string {
  const { rows, columns } = grid;
  const holds = (row: number, column: number) =>
    row >= 0 && row < rows && column >= 0 && column < columns && members.has(row * columns + column);
  const sides: string[] = [];
  for (const member of members) {
    const [row, column] = [Math.floor(member / columns), member % columns];
    const { x, y, width, height } = cell(grid, member);
    if (!holds(row - 1, column)) sides.push(`M${x} ${y}h${width}`);
    if (!holds(row + 1, column)) sides.push(`M${x} ${y + height}h${width}`);
    if (!holds(row, column - 1)) sides.push(`M${x} ${y}v${height}`);
    if (!holds(row, column + 1)) sides.push(`M${x + width} ${y}v${height}`);
  }
  return sides.join("");
}
