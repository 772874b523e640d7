/** Windowing of a 16-bit plane to the 8 bits that a screen shows. */

import type { Point } from "./view";

export const PLANE_MAXIMUM = 65535;

/** Center and width as parts of the plane's range, 0 to 1. */
export interface Window {
  center: number;
  width: number;
  inverted: boolean;
}

export const FULL_WINDOW: Window = { center: 0.5, width: 1, inverted: false };

/** One gray value of the plane. */
const NARROWEST = 1 / PLANE_MAXIMUM;

/**
 * Gray level (0 to 255) of each of the 65,536 pixel values.
 *
 * LINEAR_EXACT of DICOM PS3.3 C.11.2.1.3.2: plain LINEAR shifts by half a stored value, which
 * means nothing once the values were scaled to 16 bits.
 */
export function windowLut(window: Window): Uint8Array {
  const lut = new Uint8Array(PLANE_MAXIMUM + 1);
  const width = Math.max(window.width, NARROWEST);
  for (let value = 0; value <= PLANE_MAXIMUM; value++) {
    const position = (value / PLANE_MAXIMUM - window.center) / width + 0.5;
    const gray = Math.round(255 * Math.min(1, Math.max(0, position)));
    lut[value] = window.inverted ? 255 - gray : gray;
  }
  return lut;
}

/** The window from one pixel value (0 to 65535) to another; what is inverted stays so. */
export function windowBetween(low: number, high: number, inverted: boolean): Window {
  return bounded({
    center: (low + high) / 2 / PLANE_MAXIMUM,
    width: (high - low) / PLANE_MAXIMUM,
    inverted,
  });
}

/**
 * The window after a drag, given in parts of the room: to the right it grows wider, upwards the
 * image grows brighter.
 */
export function draggedWindow(start: Window, by: Point): Window {
  // Inverted, a higher center is brighter.
  const down = start.inverted ? -by.y : by.y;
  return bounded({ ...start, center: start.center + down, width: start.width + by.x });
}

/** The nearest window whose center is a pixel value and whose width is one at the least. */
export function bounded({ center, width, inverted }: Window): Window {
  return {
    center: Math.min(1, Math.max(0, center)),
    width: Math.min(1, Math.max(NARROWEST, width)),
    inverted,
  };
}
