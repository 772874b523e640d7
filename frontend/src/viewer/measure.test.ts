import { describe, expect, it } from "vitest";

import { endAt, lengthOf, onImage, spanOf } from "./measure";

const LINE = { from: { x: 10, y: 20 }, to: { x: 310, y: 420 } };

describe("lengthOf", () => {
  it("is in millimetres by the file's spacing", () => {
    expect(lengthOf(LINE, { spacing_mm: [0.1, 0.1], pixel_aspect: 1 })).toEqual({
      value: 50,
      unit: "mm",
    });
  });

  it("takes the rows' distance down and the columns' across where they differ", () => {
    // 400 rows of 0.15 mm are 60 mm, 300 columns of 0.05 mm are 15 mm.
    const image = { spacing_mm: [0.15, 0.05] as [number, number], pixel_aspect: 3 };
    expect(lengthOf(LINE, image).value).toBeCloseTo(Math.hypot(60, 15), 9);
    const across = { from: { x: 0, y: 0 }, to: { x: 100, y: 0 } };
    expect(lengthOf(across, image).value).toBeCloseTo(5, 9);
    const down = { from: { x: 0, y: 100 }, to: { x: 0, y: 0 } };
    expect(lengthOf(down, image).value).toBeCloseTo(15, 9);
  });

  it("is in pixels where the spacing is not stated, never in millimetres", () => {
    expect(lengthOf(LINE, { spacing_mm: null, pixel_aspect: 1 })).toEqual({
      value: 500,
      unit: "pixels",
    });
    // Of their width: 400 rows are as long as 800 columns.
    const tall = lengthOf(LINE, { spacing_mm: null, pixel_aspect: 2 });
    expect(tall.value).toBeCloseTo(Math.hypot(300, 800), 9);
  });
});

describe("spanOf", () => {
  it("measures width and height each by its own spacing", () => {
    expect(spanOf(100, 200, { spacing_mm: [0.2, 0.1], pixel_aspect: 2 })).toEqual([
      { value: 10, unit: "mm" },
      { value: 40, unit: "mm" },
    ]);
  });
});

describe("endAt", () => {
  const same = (point: { x: number; y: number }) => point;

  it("finds the nearer end within reach", () => {
    expect(endAt(LINE, { x: 15, y: 20 }, 6, same)).toBe("from");
    expect(endAt(LINE, { x: 310, y: 426 }, 6, same)).toBe("to");
    expect(endAt(LINE, { x: 310, y: 427 }, 6, same)).toBeNull();
  });

  it("reaches as far on the screen, however far that is on the image", () => {
    const twice = ({ x, y }: { x: number; y: number }) => ({ x: 2 * x, y: 2 * y });
    expect(endAt(LINE, { x: 26, y: 40 }, 6, twice)).toBe("from");
    expect(endAt(LINE, { x: 30, y: 40 }, 6, twice)).toBeNull();
  });
});

describe("onImage", () => {
  it("is a corner of a pixel, and never beside the image", () => {
    const image = { rows: 50, columns: 40 };
    expect(onImage({ x: 12.4, y: 30.6 }, image)).toEqual({ x: 12, y: 31 });
    expect(onImage({ x: -3, y: 99 }, image)).toEqual({ x: 0, y: 50 });
  });
});
