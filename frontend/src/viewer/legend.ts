/** The colour scale of a map: its stops and what stands below them. */

import type { Heatmap } from "../apiTypes";
import { cellColor } from "./heatmap";
import { decimal, scaleDigits, signed } from "../maths/words";

export interface Stop {
  /** From 0 to 1. */
  offset: number;
  /** As CSS; apart from the opacity, which a map's own opacity multiplies. */
  color: string;
  opacity: number;
}

export interface Legend {
  label: string;
  marks: readonly string[];
  /** Exact: between two of them one colour's opacity grows evenly, as the map's own does. */
  stops: readonly Stop[];
}

export function legendOf(heatmap: Heatmap): Legend {
  const { scale, unit } = heatmap;
  const digits = scaleDigits(scale);
  if (heatmap.method === "membership") {
    const high = decimal(scale, digits);
    return {
      label: `Colour scale from 0 to ${high} ${unit}, transparent to green`,
      marks: [`0 ${unit}`, high],
      stops: [stop(heatmap, 0, 0, scale), stop(heatmap, 1, scale, scale)],
    };
  }
  const [low, high] = [signed(-scale, digits), signed(scale, digits)];
  return {
    label: `Colour scale from ${low} to ${high} ${unit}, blue through transparent to orange`,
    marks: [`${low} or less`, `0 ${unit}`, `${high} or more`],
    // Zero stands twice, once in each colour, or the two would mix around it.
    stops: [
      stop(heatmap, 0, -scale, -scale),
      stop(heatmap, 0.5, 0, -scale),
      stop(heatmap, 0.5, 0, scale),
      stop(heatmap, 1, scale, scale),
    ],
  };
}

/** `side` is a value that has the colour which `value` has in part. */
function stop(heatmap: Heatmap, offset: number, value: number, side: number): Stop {
  const [red, green, blue] = cellColor(heatmap, side);
  const opacity = cellColor(heatmap, value)[3] / 255;
  return { offset, color: `rgb(${red} ${green} ${blue})`, opacity };
}
