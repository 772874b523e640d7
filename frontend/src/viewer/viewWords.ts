/** What is shown, in words: the side and view, the zoom and the window, the value at a point. */

import type { Heatmap, ImageDescription } from "../apiTypes";
import { figure, signedFigure, valueDigits, type ViewerMessages } from "./figures";
import { type MapGrid, mapValue } from "./mapGrid";
import type { Plane } from "./plane";
import type { Point } from "./view";
import type { Placement } from "./viewport";
import { PLANE_MAXIMUM, type Window } from "./window";

/** `Left MLO`, or what is known of it. */
export function viewTitle(image: ImageDescription, words: ViewerMessages): string {
  if (image.modality === "histology") return words.picture.histology;
  const side = image.laterality && words.side[image.laterality];
  if (!side && !image.view) return words.nothingStated;
  if (!side) return words.sideNotStated(image.view ?? "");
  return image.view ? `${side} ${image.view}` : words.viewNotStated(side);
}

/** As it is burned into films: `L MLO`, of which what is not known is left out. */
export function orientationMark(image: ImageDescription): string {
  return [image.laterality, image.view].filter((part) => part !== null).join(" ");
}

/** The picture itself, for who cannot see it. */
export function canvasName(
  image: ImageDescription,
  { inverted }: Window,
  words: ViewerMessages,
): string {
  const view = image.modality === "mammogram" ? viewTitle(image, words) : "";
  const name = words.canvas(view, words.picture[image.modality]);
  return inverted ? `${name}, ${words.inverted}` : name;
}

/** The zoom in hundredths, 100 being one pixel for one. */
export function zoomText({ pixelWidth, pixelHeight }: Placement, ratio: number): string {
  const percent = 100 * ratio * Math.min(pixelWidth, pixelHeight);
  return percent < 10 ? percent.toFixed(1) : percent.toFixed(0);
}

export function windowText({ center, width, inverted }: Window, words: ViewerMessages): string {
  const end = (part: number) =>
    Math.round(PLANE_MAXIMUM * Math.min(1, Math.max(0, center + part * width)));
  return words.windowState(end(-0.5), end(0.5), inverted);
}

/** Where a point of the image is, what is stored there, and what the map says of it. */
export function valueText(
  at: Point,
  plane: Plane,
  map: { heatmap: Heatmap; grid: MapGrid } | null,
  words: ViewerMessages,
): string {
  const [column, row] = [Math.floor(at.x), Math.floor(at.y)];
  if (column < 0 || row < 0 || column >= plane.columns || row >= plane.rows) return words.offImage;
  const first = (row * plane.columns + column) * plane.channels;
  const [red = 0, green = 0, blue = 0] = plane.pixels.subarray(first, first + plane.channels);
  const stored =
    plane.channels === 3
      ? words.colour(red, green, blue)
      : words.gray(red, figure(red / PLANE_MAXIMUM, 3, words));
  const parts = [words.place(column, row), stored];
  if (map) {
    const value = mapValue(map.grid, at);
    const { scale, unit } = map.heatmap;
    parts.push(
      value === null
        ? words.noMapHere
        : words.mapHere(signedFigure(value, valueDigits(scale), words), unit),
    );
  }
  return parts.join(" · ");
}
