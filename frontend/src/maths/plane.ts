/** The size at which a plane is shown, and a plane reduced to about that size. */

export interface Size {
  width: number;
  height: number;
}

export interface Plane {
  rows: number;
  columns: number;
  channels: 1 | 3;
  /** Row by row, R, G and B of a pixel together; 0 to 65535 for [0, 1], bright = dense. */
  pixels: Uint16Array;
}

/**
 * Largest size inside `room` with the image's true shape.
 *
 * `pixelAspect` is the height of a pixel divided by its width.
 */
export function fittedSize(
  image: { rows: number; columns: number; pixel_aspect: number },
  room: Size,
): Size {
  const height = image.rows * image.pixel_aspect;
  const scale = Math.min(room.width / image.columns, room.height / height);
  return { width: image.columns * scale, height: height * scale };
}

/** How many pixels of the plane fall on one of `width` screen pixels, as a whole number >= 1. */
export function reductionFactor(plane: Plane, width: number): number {
  return Math.max(1, Math.floor(plane.columns / Math.max(1, width)));
}

/**
 * The plane averaged over blocks of `factor` x `factor` pixels.
 *
 * A canvas scales by taking samples, which makes and loses fine bright points; calcifications are
 * fine bright points. The last row and column of blocks average what the plane still has.
 */
export function reducedPlane(plane: Plane, factor: number): Plane {
  if (factor === 1) return plane;
  const rows = Math.ceil(plane.rows / factor);
  const columns = Math.ceil(plane.columns / factor);
  const { channels } = plane;
  const pixels = new Uint16Array(rows * columns * channels);
  for (let row = 0; row < rows; row++) {
    const rowEnd = Math.min((row + 1) * factor, plane.rows);
    for (let column = 0; column < columns; column++) {
      const columnEnd = Math.min((column + 1) * factor, plane.columns);
      const count = (rowEnd - row * factor) * (columnEnd - column * factor);
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let y = row * factor; y < rowEnd; y++) {
          for (let x = column * factor; x < columnEnd; x++) {
            sum += plane.pixels[(y * plane.columns + x) * channels + channel] ?? 0;
          }
        }
        pixels[(row * columns + column) * channels + channel] = Math.round(sum / count);
      }
    }
  }
  return { rows, columns, channels, pixels };
}
