/** The 16-bit plane, its size on the screen, and the same plane ever more coarsely. */

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

/** The plane at 1, 1/2, 1/4 … of its size; a level is made when it is first asked for. */
export class Pyramid {
  private readonly levels: Plane[];

  constructor(readonly plane: Plane) {
    this.levels = [plane];
  }

  /** The plane with one pixel for each 2^level × 2^level of its own, or the coarsest there is. */
  at(level: number): { plane: Plane; level: number } {
    let last = this.levels.at(-1) ?? this.plane;
    while (this.levels.length <= level && Math.max(last.rows, last.columns) > 1) {
      last = halved(last);
      this.levels.push(last);
    }
    const reached = Math.min(level, this.levels.length - 1);
    return { plane: this.levels[reached] ?? this.plane, level: reached };
  }
}

/**
 * The plane averaged over blocks of 2 × 2 pixels.
 *
 * A canvas scales by taking samples, which makes and loses fine bright points; calcifications are
 * fine bright points. The last row and column of blocks average what the plane still has.
 */
export function halved({ rows, columns, channels, pixels }: Plane): Plane {
  const half = { rows: Math.ceil(rows / 2), columns: Math.ceil(columns / 2) };
  const averages = new Uint16Array(half.rows * half.columns * channels);
  const stride = columns * channels;
  let out = 0;
  for (let row = 0; row < half.rows; row++) {
    const above = 2 * row * stride;
    // A row or column that is missing is stood in for by the one before it: the mean is the same.
    const below = 2 * row + 1 < rows ? above + stride : above;
    for (let column = 0; column < half.columns; column++) {
      const left = 2 * column * channels;
      const right = 2 * column + 1 < columns ? left + channels : left;
      for (let channel = 0; channel < channels; channel++) {
        const sum =
          (pixels[above + left + channel] ?? 0) +
          (pixels[above + right + channel] ?? 0) +
          (pixels[below + left + channel] ?? 0) +
          (pixels[below + right + channel] ?? 0);
        averages[out++] = (sum + 2) >> 2;
      }
    }
  }
  return { ...half, channels, pixels: averages };
}
