/** The length of a line on an image: millimetres where the file states the spacing. */

import type { ImageDescription } from "../apiTypes";
import type { Point } from "./view";

/** Ends in pixels of the image. */
export interface Line {
  from: Point;
  to: Point;
}

export interface Length {
  value: number;
  unit: "mm" | "pixels";
}

type Scale = Pick<ImageDescription, "spacing_mm" | "pixel_aspect">;

/** Without a spacing in widths of a pixel, which may be higher than it is wide. */
export function lengthOf({ from, to }: Line, image: Scale): Length {
  return sizeOf(to.x - from.x, to.y - from.y, image);
}

/** Of a rectangle's sides. */
export function spanOf(width: number, height: number, image: Scale): [Length, Length] {
  return [sizeOf(width, 0, image), sizeOf(0, height, image)];
}

/** Which end of the line lies within `reach` of a point of the room; null where neither does. */
export function endAt(
  line: Line,
  at: Point,
  reach: number,
  toRoom: (point: Point) => Point,
): keyof Line | null {
  const away = (end: Point) => {
    const shown = toRoom(end);
    return Math.hypot(shown.x - at.x, shown.y - at.y);
  };
  const nearer = away(line.from) < away(line.to) ? "from" : "to";
  return away(line[nearer]) <= reach ? nearer : null;
}

/** The nearest corner of a pixel that lies on the image: no line is finer than its pixels. */
export function onImage({ x, y }: Point, image: { rows: number; columns: number }): Point {
  return {
    x: Math.min(image.columns, Math.max(0, Math.round(x))),
    y: Math.min(image.rows, Math.max(0, Math.round(y))),
  };
}

function sizeOf(across: number, down: number, { spacing_mm: spacing, pixel_aspect }: Scale): Length {
  // PS3.3 10.7.1.3: first the distance of the rows, then that of the columns.
  return spacing
    ? { value: Math.hypot(across * spacing[1], down * spacing[0]), unit: "mm" }
    : { value: Math.hypot(across, down * pixel_aspect), unit: "pixels" };
}
