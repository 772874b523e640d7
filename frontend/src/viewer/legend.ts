/** The colour scale of a map: its stops and what stands below them. */

import type { Heatmap } from "../apiTypes";
import { scaleDigits } from "../maths/words";
import { figure, signedFigure, type ViewerMessages } from "./figures";
import { cellColor } from "./heatmap";

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

export function legendOf(heatmap: Heatmap, words: ViewerMessages): Legend {
  const { scale, unit } = heatmap;
  const digits = scaleDigits(scale);
  const { map } = words;
  if (heatmap.method === "membership") {
    const high = figure(scale, digits, words);
    return {
      label: map.membershipScale(high, unit),
      marks: [`0 ${unit}`, high],
      stops: [stop(heatmap, 0, 0, scale), stop(heatmap, 1, scale, scale)],
    };
  }
  const [low, high] = [signedFigure(-scale, digits, words), signedFigure(scale, digits, words)];
  return {
    label: map.scale(low, high, unit),
    marks: [map.orLess(low), `0 ${unit}`, map.orMore(high)],
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
