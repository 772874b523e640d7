/** What a chart draws: lines, points and how sure they are. */

export interface Point {
  x: number;
  y: number;
  /** The ends of the interval, where one is known. */
  low?: number;
  high?: number;
}

export interface Series {
  name: string;
  /** Picks colour, dashes and mark together, so that no colour alone tells two apart. */
  style: number;
  points: readonly Point[];
  /** A band between the ends, bars at the points, or points alone. */
  as: "line" | "band" | "bars" | "marks";
}

/** Colours, dashes and marks repeat after 5, 4 and 5: no two of the first 20 are alike in all. */
export const COLORS = 5;
export const DASHES: readonly (string | undefined)[] = [undefined, "7 4", "2 3", "9 3 2 3"];
const MARKS = 5;

export function dashesOf(style: number): string | undefined {
  return DASHES[style % DASHES.length];
}

export function colorClass(style: number): string {
  return `series-${style % COLORS}`;
}

/** The outline of a mark of about 9 × 9 around a point, as an SVG path. */
export function markPath(style: number, x: number, y: number): string {
  const at = `M${x.toFixed(1)} ${y.toFixed(1)}`;
  switch (style % MARKS) {
    case 0:
      return `${at}m-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z`;
    case 1:
      return `${at}m-4 -4h8v8h-8z`;
    case 2:
      return `${at}m0 -5l5 9h-10z`;
    case 3:
      return `${at}m0 -5.5l5.5 5.5l-5.5 5.5l-5.5 -5.5z`;
    default:
      return `${at}m-4.5 -1.5h3v-3h3v3h3v3h-3v3h-3v-3h-3z`;
  }
}

/** The line through points. */
export function linePath(points: readonly { x: number; y: number }[]): string {
  return points
    .map(({ x, y }, i) => `${i === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`)
    .join("");
}
