import { describe, expect, it } from "vitest";

import { paint, type Raster } from "./paint";
import { type Plane, Pyramid } from "./plane";
import { FULL_WINDOW, windowLut } from "./window";

const LUT = windowLut(FULL_WINDOW);
const WHITE = 65535;

function gray(rows: number, columns: number, values: number[]): Plane {
  return { rows, columns, channels: 1, pixels: Uint16Array.from(values) };
}

function painted(plane: Plane, width: number, height: number, left: number, top: number, pixel: number): Raster {
  const raster = { width, height, pixels: new Uint32Array(width * height) };
  paint(raster, new Pyramid(plane), { left, top, pixelWidth: pixel, pixelHeight: pixel }, LUT);
  return raster;
}

/** Red, green, blue and alpha of a pixel, in the order of an ImageData's bytes. */
function rgba({ width, pixels }: Raster, x: number, y: number): number[] {
  return [...new Uint8ClampedArray(pixels.buffer, 4 * (y * width + x), 4)];
}

describe("paint", () => {
  it("shows each pixel of the plane as it is, opaque, at one for one", () => {
    const raster = painted(gray(2, 2, [0, 257, WHITE, 514]), 2, 2, 0, 0, 1);
    expect(rgba(raster, 0, 0)).toEqual([0, 0, 0, 255]);
    expect(rgba(raster, 1, 0)).toEqual([1, 1, 1, 255]);
    expect(rgba(raster, 0, 1)).toEqual([255, 255, 255, 255]);
    expect(rgba(raster, 1, 1)).toEqual([2, 2, 2, 255]);
  });

  it("leaves transparent what the image does not cover, and cuts off what lies outside", () => {
    const raster = painted(gray(2, 2, [WHITE, WHITE, WHITE, WHITE]), 4, 3, 1, -1, 1);
    const opaque = Array.from({ length: 12 }, (_, i) => rgba(raster, i % 4, Math.floor(i / 4))[3]);
    expect(opaque).toEqual([0, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it("interpolates values before it windows them", () => {
    // From black to white over two pixels, each four of the screen's wide.
    const raster = painted(gray(1, 2, [0, WHITE]), 8, 4, 0, 0, 4);
    const row = Array.from({ length: 8 }, (_, x) => rgba(raster, x, 0)[0]);
    expect(row).toEqual([0, 0, 32, 96, 159, 223, 255, 255]);
  });

  it("loses no bright point, however small the image is shown", () => {
    for (const position of [0, 100, 777, 1023]) {
      const values = new Uint16Array(1024 * 4);
      values[position] = WHITE;
      const plane: Plane = { rows: 4, columns: 1024, channels: 1, pixels: values };
      for (const pixel of [0.9, 0.6, 0.51, 0.3]) {
        const width = Math.round(1024 * pixel);
        const raster = painted(plane, width, Math.ceil(4 * pixel), 0, 0, pixel);
        const row = Array.from({ length: width }, (_, x) => rgba(raster, x, 0)[0] ?? 0);
        expect(Math.max(...row)).toBeGreaterThan(0);
      }
    }
  });

  it("shows an even plane evenly at every size", () => {
    const plane = gray(37, 23, new Array<number>(37 * 23).fill(30000));
    for (const pixel of [7.3, 1, 0.7, 0.21, 0.05]) {
      const raster = painted(plane, 40, 40, 0.4, -0.3, pixel);
      const shown = [...raster.pixels].filter((value) => value !== 0);
      expect(shown.length).toBeGreaterThan(0);
      expect(new Set(shown)).toEqual(new Set([0xff757575]));
    }
  });

  it("keeps red, green and blue apart", () => {
    const pixels = new Uint16Array([WHITE, 257, 0, 0, 0, 514]);
    const raster = painted({ rows: 1, columns: 2, channels: 3, pixels }, 2, 1, 0, 0, 1);
    expect(rgba(raster, 0, 0)).toEqual([255, 1, 0, 255]);
    expect(rgba(raster, 1, 0)).toEqual([0, 0, 2, 255]);
  });
});
