/** Windowing of a 16-bit plane to the 8 bits that a screen shows. */

import type { Plane } from "./plane";

export const PLANE_MAXIMUM = 65535;

/** Center and width as parts of the plane's range, 0 to 1. */
export interface Window {
  center: number;
  width: number;
  inverted: boolean;
}

export const FULL_WINDOW: Window = { center: 0.5, width: 1, inverted: false };

/**
 * Gray level (0 to 255) of each of the 65,536 pixel values.
 *
 * LINEAR_EXACT of DICOM PS3.3 C.11.2.1.3.2: plain LINEAR shifts by half a stored value, which
 * means nothing once the values were scaled to 16 bits.
 */
export function windowLut(window: Window): Uint8Array {
  const lut = new Uint8Array(PLANE_MAXIMUM + 1);
  const width = Math.max(window.width, 1 / PLANE_MAXIMUM);
  for (let value = 0; value <= PLANE_MAXIMUM; value++) {
    const position = (value / PLANE_MAXIMUM - window.center) / width + 0.5;
    const gray = Math.round(255 * Math.min(1, Math.max(0, position)));
    lut[value] = window.inverted ? 255 - gray : gray;
  }
  return lut;
}

/** Opaque RGBA bytes of a plane, each channel seen through a look-up table of `windowLut`. */
export function windowedPixels(plane: Plane, lut: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  const { pixels, channels } = plane;
  const count = plane.rows * plane.columns;
  // Gray is its own green and blue.
  const [green, blue] = channels === 3 ? [1, 2] : [0, 0];
  const rgba = new Uint8ClampedArray(count * 4);
  for (let i = 0; i < count; i++) {
    const first = i * channels;
    rgba[4 * i] = lut[pixels[first] ?? 0] ?? 0;
    rgba[4 * i + 1] = lut[pixels[first + green] ?? 0] ?? 0;
    rgba[4 * i + 2] = lut[pixels[first + blue] ?? 0] ?? 0;
    rgba[4 * i + 3] = 255;
  }
  return rgba;
}
