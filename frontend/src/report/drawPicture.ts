/** An image, and the map over it, drawn once at a size for paper. */

import type { Heatmap } from "../apiTypes";
import type { DecodedImage } from "../maths/decodeImage";
import { sized } from "../viewer/canvas";
import { mapImage } from "../viewer/heatmap";
import { paint } from "../viewer/paint";
import { fittedSize, Pyramid, type Size } from "../viewer/plane";
import { FULL_WINDOW, windowLut } from "../viewer/window";

/** 90 mm at 300 dots an inch: what a printer can show of it. */
const ROOM: Size = { width: 1060, height: 1060 };
const MAP_OPACITY = 0.6;

export function drawPicture(
  canvas: HTMLCanvasElement,
  { header, plane }: DecodedImage,
  heatmap: Heatmap | null,
): void {
  const fitted = fittedSize(header, ROOM);
  const size = { width: Math.ceil(fitted.width), height: Math.ceil(fitted.height) };
  const context = sized(canvas, size);
  const placement = {
    left: 0,
    top: 0,
    pixelWidth: size.width / plane.columns,
    pixelHeight: size.height / plane.rows,
  };
  const image = context.createImageData(size.width, size.height);
  const pixels = new Uint32Array(image.data.buffer);
  paint({ ...size, pixels }, new Pyramid(plane), placement, windowLut(FULL_WINDOW));
  context.putImageData(image, 0, 0);
  if (!heatmap) return;

  const { rgba, columns, rows, rectangle } = mapImage(heatmap);
  const bitmap = document.createElement("canvas");
  sized(bitmap, { width: columns, height: rows }).putImageData(new ImageData(rgba, columns, rows), 0, 0);
  context.save();
  context.globalAlpha = MAP_OPACITY;
  // Plain cells: smooth shading would promise a finer map than the model has.
  context.imageSmoothingEnabled = false;
  context.scale(placement.pixelWidth, placement.pixelHeight);
  context.drawImage(bitmap, rectangle.x, rectangle.y, rectangle.width, rectangle.height);
  context.restore();
}
