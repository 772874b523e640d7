/** Windowing of a 16-bit plane to the 8 bits that a screen shows. */

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

/** Opaque RGBA bytes of a plane seen through a look-up table of `windowLut`. */
export function windowedPixels(plane: Uint16Array, lut: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(plane.length * 4);
  for (let i = 0; i < plane.length; i++) {
    const gray = lut[plane[i] ?? 0] ?? 0;
    rgba[4 * i] = gray;
    rgba[4 * i + 1] = gray;
    rgba[4 * i + 2] = gray;
    rgba[4 * i + 3] = 255;
  }
  return rgba;
}
