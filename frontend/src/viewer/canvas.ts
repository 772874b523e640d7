/** A canvas with one pixel for each of the screen's. */

import type { Size } from "./plane";
import type { Placement } from "./viewport";

/** Sets the size, which clears the canvas, only where it is another; gives what is drawn with. */
export function sized(canvas: HTMLCanvasElement, { width, height }: Size): CanvasRenderingContext2D {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser draws no 2D canvas");
  return context;
}

/** Of the screen's pixels as many as cover the room. */
export function devicePixels(room: Size): Size {
  const ratio = globalThis.devicePixelRatio;
  return { width: Math.ceil(room.width * ratio), height: Math.ceil(room.height * ratio) };
}

/** A canvas's size in CSS pixels: not the room's, whose fractions would have it scaled. */
export function styleOf(device: Size): Size {
  const ratio = globalThis.devicePixelRatio;
  return { width: device.width / ratio, height: device.height / ratio };
}

/** From CSS pixels to the screen's, the corner on a whole one: one to one is then exact. */
export function onDevice({ left, top, pixelWidth, pixelHeight }: Placement): Placement {
  const ratio = globalThis.devicePixelRatio;
  return {
    left: Math.round(left * ratio),
    top: Math.round(top * ratio),
    pixelWidth: pixelWidth * ratio,
    pixelHeight: pixelHeight * ratio,
  };
}
