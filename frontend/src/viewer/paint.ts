/** The visible part of a plane, painted pixel by pixel of the screen through a window. */

import type { Plane, Pyramid } from "./plane";
import type { Placement } from "./viewport";

/** What is painted on: RGBA, a pixel a number, in the byte order of every browser's machine. */
export interface Raster {
  width: number;
  height: number;
  pixels: Uint32Array;
}

const OPAQUE = 0xff000000;
const GRAY = 0x010101;
/** Parts of a pixel between two others: 65535 × 2^7 × 2^7 is still a small integer, and fast. */
const PART_BITS = 7;
const PARTS = 2 ** PART_BITS;

/** Pixels of a level for one of the screen; from twice as many on, the next level serves. */
const FEWEST = 0.75;

/** Where along one axis a screen pixel takes its value from. */
interface Samples {
  /** Screen pixels that the image covers: from, and to before. */
  from: number;
  to: number;
  /** Of each screen pixel: the nearer source pixel to the start, the next one, the way between. */
  first: Int32Array;
  second: Int32Array;
  part: Int32Array;
}

/**
 * Paints the image where it lies; what it does not cover is left transparent.
 *
 * Values are interpolated first and windowed then, as DICOM does. The level is the one with 0.75
 * to 1.5 pixels for one of the screen: of those between two screen pixels each has a quarter's
 * weight or more along each axis, so that no bright point is lost.
 *
 * @param placement in pixels of the raster.
 * @param lut of `windowLut`.
 */
export function paint(
  raster: Raster,
  pyramid: Pyramid,
  placement: Placement,
  lut: Uint8Array,
): void {
  const smallest = Math.min(placement.pixelWidth, placement.pixelHeight);
  const { plane, level } = pyramid.at(levelFor(1 / smallest));
  const { rows, columns } = pyramid.plane;
  const size = 2 ** level;
  const across = samples(raster.width, placement.left, placement.pixelWidth, columns, size);
  const down = samples(raster.height, placement.top, placement.pixelHeight, rows, size);
  raster.pixels.fill(0);
  if (plane.channels === 3) paintColor(raster, plane, across, down, lut);
  else paintGray(raster, plane, across, down, lut);
}

/** `pixels` of the plane fall on one of the screen. */
function levelFor(pixels: number): number {
  return Math.max(0, Math.floor(Math.log2(pixels / FEWEST)));
}

function paintGray(
  { width, pixels }: Raster,
  plane: Plane,
  across: Samples,
  down: Samples,
  lut: Uint8Array,
): void {
  const shades = new Uint32Array(lut.length);
  for (let value = 0; value < lut.length; value++) {
    shades[value] = OPAQUE | ((lut[value] ?? 0) * GRAY);
  }
  const { pixels: values, columns } = plane;
  const { first, second, part } = across;
  for (let y = down.from; y < down.to; y++) {
    const above = (down.first[y] ?? 0) * columns;
    const below = (down.second[y] ?? 0) * columns;
    const lower = down.part[y] ?? 0;
    const line = y * width;
    for (let x = across.from; x < across.to; x++) {
      const left = first[x] ?? 0;
      const right = second[x] ?? 0;
      const further = part[x] ?? 0;
      const nearer = PARTS - further;
      const upper = (values[above + left] ?? 0) * nearer + (values[above + right] ?? 0) * further;
      const under = (values[below + left] ?? 0) * nearer + (values[below + right] ?? 0) * further;
      pixels[line + x] = shades[(upper * (PARTS - lower) + under * lower) >> (2 * PART_BITS)] ?? 0;
    }
  }
}

function paintColor(
  { width, pixels }: Raster,
  plane: Plane,
  across: Samples,
  down: Samples,
  lut: Uint8Array,
): void {
  const { pixels: values, columns } = plane;
  const { first, second, part } = across;
  for (let y = down.from; y < down.to; y++) {
    const above = (down.first[y] ?? 0) * columns;
    const below = (down.second[y] ?? 0) * columns;
    const lower = down.part[y] ?? 0;
    const line = y * width;
    for (let x = across.from; x < across.to; x++) {
      const further = part[x] ?? 0;
      const nearer = PARTS - further;
      let color = OPAQUE;
      for (let channel = 0; channel < 3; channel++) {
        const left = 3 * (first[x] ?? 0) + channel;
        const right = 3 * (second[x] ?? 0) + channel;
        const upper =
          (values[3 * above + left] ?? 0) * nearer + (values[3 * above + right] ?? 0) * further;
        const under =
          (values[3 * below + left] ?? 0) * nearer + (values[3 * below + right] ?? 0) * further;
        const value = (upper * (PARTS - lower) + under * lower) >> (2 * PART_BITS);
        color |= (lut[value] ?? 0) << (8 * channel);
      }
      pixels[line + x] = color;
    }
  }
}

/** `start` and `pixelSize` place `count` pixels of the plane; the source has one for `size`. */
function samples(
  length: number,
  start: number,
  pixelSize: number,
  count: number,
  size: number,
): Samples {
  const last = Math.ceil(count / size) - 1;
  const first = new Int32Array(length);
  const second = new Int32Array(length);
  const part = new Int32Array(length);
  const from = Math.max(0, Math.ceil(start - 0.5));
  const to = Math.min(length, Math.ceil(start + count * pixelSize - 0.5));
  for (let i = from; i < to; i++) {
    // Values stand at the centres of pixels, of both the screen's and the source's.
    const position = (i + 0.5 - start) / (pixelSize * size) - 0.5;
    const fixed = Math.round(Math.min(last, Math.max(0, position)) * PARTS);
    first[i] = fixed >> PART_BITS;
    second[i] = Math.min(last, (fixed >> PART_BITS) + 1);
    part[i] = fixed & (PARTS - 1);
  }
  return { from, to, first, second, part };
}
