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

export function devicePixels(size: Size): Size {
  const ratio = globalThis.devicePixelRatio;
  return {
    width: Math.max(1, Math.round(size.width * ratio)),
    height: Math.max(1, Math.round(size.height * ratio)),
  };
}

/** From CSS pixels to the screen's, the corner on a whole one: one to one is then exact. */
export function onDevice(placement: Placement, room: Size, device: Size): Placement {
  const across = device.width / room.width;
  const down = device.height / room.height;
  return {
    left: Math.round(placement.left * across),
    top: Math.round(placement.top * down),
    pixelWidth: placement.pixelWidth * across,
    pixelHeight: placement.pixelHeight * down,
  };
}
