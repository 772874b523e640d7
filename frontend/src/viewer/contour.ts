/** Lines of one value through a map, at fixed parts of its fixed scale. */

import type { Heatmap } from "../apiTypes";
import { type MapGrid } from "./mapGrid";
import type { Point } from "./view";

/** The same for every image, so that a weak map has few lines or none. */
const PARTS = [0.25, 0.5, 0.75];

export interface Contour {
  level: number;
  /** From 1 for the weakest level, the same for both signs. */
  rank: number;
  /** SVG path in pixels of the image. */
  path: string;
}

/** The levels of a map's lines in its own unit, weakest first; of a signed map on both sides of 0. */
export function contourLevels({ method, scale }: Pick<Heatmap, "method" | "scale">): number[] {
  const above = PARTS.map((part) => part * scale);
  return method === "membership" ? above : above.flatMap((level) => [level, -level]);
}

export function contours(heatmap: Heatmap, grid: MapGrid): Contour[] {
  return contourLevels(heatmap).map((level) => ({
    level,
    rank: PARTS.findIndex((part) => part * heatmap.scale === Math.abs(level)) + 1,
    path: chained(segments(grid, level)).map(pathOf).join(""),
  }));
}

type Segment = [Point, Point];

/**
 * Marching squares between the centres of the cells, along which the value runs straight.
 *
 * The outermost cells go on unchanged to the edge of the map.
 */
function segments(grid: MapGrid, level: number): Segment[] {
  const [xs, ys] = [stops(grid.rectangle.x, grid.rectangle.width, grid.columns), stops(grid.rectangle.y, grid.rectangle.height, grid.rows)];
  const found: Segment[] = [];
  for (let row = 0; row + 1 < ys.length; row++) {
    for (let column = 0; column + 1 < xs.length; column++) {
      // Clockwise from the top left, as their sides are.
      const corners = [
        corner(grid, xs, ys, row, column),
        corner(grid, xs, ys, row, column + 1),
        corner(grid, xs, ys, row + 1, column + 1),
        corner(grid, xs, ys, row + 1, column),
      ];
      found.push(...crossed(corners, level));
    }
  }
  return found;
}

/** Where along one axis values stand: at the cells' centres, and once more at both edges. */
function stops(start: number, length: number, count: number): number[] {
  const centers = Array.from({ length: count }, (_, i) => start + ((i + 0.5) * length) / count);
  return [start, ...centers, start + length];
}

interface Corner extends Point {
  value: number;
}

function corner(grid: MapGrid, xs: number[], ys: number[], row: number, column: number): Corner {
  const inside = (index: number, count: number) => Math.min(count - 1, Math.max(0, index - 1));
  const cell = inside(row, grid.rows) * grid.columns + inside(column, grid.columns);
  return { x: xs[column] ?? 0, y: ys[row] ?? 0, value: grid.values[cell] ?? 0 };
}

function crossed(corners: readonly Corner[], level: number): Segment[] {
  const points: Point[] = [];
  corners.forEach((from, i) => {
    const to = corners[(i + 1) % corners.length] ?? from;
    if (from.value >= level === to.value >= level) return;
    // From the same end on both sides of a shared edge, so that the two meet to the last bit.
    const [low, high] = from.value < to.value ? [from, to] : [to, from];
    const part = (level - low.value) / (high.value - low.value);
    points.push({ x: low.x + part * (high.x - low.x), y: low.y + part * (high.y - low.y) });
  });
  const [a, b, c, d] = points;
  if (!a || !b) return [];
  if (!c || !d) return [[a, b]];
  // A saddle: the middle says which two of its corners hang together.
  const middle = corners.reduce((sum, { value }) => sum + value, 0) / corners.length;
  const first = corners[0]?.value ?? 0;
  return middle >= level === first >= level ? [[a, b], [c, d]] : [[d, a], [b, c]];
}

/** The segments put end to end into lines: a dashed line must not start anew with each. */
function chained(pieces: readonly Segment[]): Point[][] {
  const name = ({ x, y }: Point) => `${x} ${y}`;
  const at = new Map<string, Set<Segment>>();
  for (const piece of pieces) {
    for (const end of piece) {
      const there = at.get(name(end)) ?? new Set();
      at.set(name(end), there.add(piece));
    }
  }
  const left = new Set(pieces);
  const take = (end: Point): Point | null => {
    for (const piece of at.get(name(end)) ?? []) {
      if (!left.delete(piece)) continue;
      return name(piece[0]) === name(end) ? piece[1] : piece[0];
    }
    return null;
  };
  const lines: Point[][] = [];
  for (const piece of pieces) {
    if (!left.delete(piece)) continue;
    const line = [...piece];
    for (let next = take(piece[1]); next; next = take(next)) line.push(next);
    for (let next = take(piece[0]); next; next = take(next)) line.unshift(next);
    lines.push(line);
  }
  return lines;
}

function pathOf(line: readonly Point[]): string {
  return line.map(({ x, y }, i) => `${i === 0 ? "M" : "L"}${round(x)} ${round(y)}`).join("");
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
