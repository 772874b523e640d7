import { describe, expect, it } from "vitest";

import { fittedSize, type Plane, reducedPlane, reductionFactor } from "./plane";

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

describe("reductionFactor", () => {
  it("never leaves fewer pixels than the screen has", () => {
    expect(reductionFactor(PLANE, 5)).toBe(1);
    expect(reductionFactor(PLANE, 3)).toBe(1);
    expect(reductionFactor(PLANE, 2)).toBe(2);
    expect(reductionFactor(PLANE, 9)).toBe(1);
    expect(reductionFactor(PLANE, 0)).toBe(5);
  });
});

describe("reducedPlane", () => {
  it("averages whole blocks, and what is left at the right and at the bottom", () => {
    const reduced = reducedPlane(PLANE, 2);
    expect([reduced.rows, reduced.columns]).toEqual([2, 3]);
    // (0+1+5+6)/4 = 3, (2+3+7+8)/4 = 5, (4+9)/2 = 6.5; (10+11)/2 = 10.5, (12+13)/2 = 12.5, 14.
    expect([...reduced.pixels]).toEqual([3, 5, 7, 11, 13, 14]);
  });

  it("averages each channel of a picture in colour for itself", () => {
    const pixels = Uint16Array.from([0, 10, 100, 2, 20, 200]);
    const reduced = reducedPlane({ rows: 1, columns: 2, channels: 3, pixels }, 2);
    expect([...reduced.pixels]).toEqual([1, 15, 150]);
    expect(reduced.channels).toBe(3);
  });

  it("leaves the plane alone at factor 1", () => {
    expect(reducedPlane(PLANE, 1)).toBe(PLANE);
  });
});
