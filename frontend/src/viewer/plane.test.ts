import { describe, expect, it } from "vitest";

import { fittedSize, halved, type Plane, Pyramid } from "./plane";

const PLANE: Plane = {
  rows: 3,
  columns: 5,
  channels: 1,
  pixels: Uint16Array.from({ length: 15 }, (_, i) => i),
};

describe("fittedSize", () => {
  it("is bound by the height of a tall image and by the width of a wide one", () => {
    const square = { width: 100, height: 100 };
    expect(fittedSize({ rows: 400, columns: 200, pixel_aspect: 1 }, square)).toEqual({
      width: 50,
      height: 100,
    });
    expect(fittedSize({ rows: 50, columns: 200, pixel_aspect: 1 }, square)).toEqual({
      width: 100,
      height: 25,
    });
  });

  it("shows pixels twice as high as wide twice as high", () => {
    const size = fittedSize(
      { rows: 100, columns: 100, pixel_aspect: 2 },
      { width: 100, height: 100 },
    );
    expect(size).toEqual({ width: 50, height: 100 });
  });
});

describe("halved", () => {
  it("averages whole blocks, and what is left at the right and at the bottom", () => {
    const half = halved(PLANE);
    expect([half.rows, half.columns]).toEqual([2, 3]);
    // (0+1+5+6)/4 = 3, (2+3+7+8)/4 = 5, (4+9)/2 = 6.5; (10+11)/2 = 10.5, (12+13)/2 = 12.5, 14.
    expect([...half.pixels]).toEqual([3, 5, 7, 11, 13, 14]);
  });

  it("averages each channel of a picture in colour for itself", () => {
    const pixels = Uint16Array.from([0, 10, 100, 2, 20, 200]);
    const half = halved({ rows: 1, columns: 2, channels: 3, pixels });
    expect([...half.pixels]).toEqual([1, 15, 150]);
    expect(half.channels).toBe(3);
  });

  it("does not overflow at the brightest", () => {
    const pixels = new Uint16Array(4).fill(65535);
    expect([...halved({ rows: 2, columns: 2, channels: 1, pixels }).pixels]).toEqual([65535]);
  });
});

describe("Pyramid", () => {
  it("has the plane itself at the bottom and one pixel at the top", () => {
    const pyramid = new Pyramid(PLANE);
    expect(pyramid.at(0)).toEqual({ plane: PLANE, level: 0 });
    const top = pyramid.at(9);
    expect([top.plane.rows, top.plane.columns, top.level]).toEqual([1, 1, 3]);
    expect(pyramid.at(1).plane).toEqual(halved(PLANE));
  });

  it("makes a level once", () => {
    const pyramid = new Pyramid(PLANE);
    expect(pyramid.at(2).plane).toBe(pyramid.at(2).plane);
  });
});
