import { describe, expect, it } from "vitest";

import type { Plane } from "./plane";
import { FULL_WINDOW, windowedPixels, windowLut } from "./window";

describe("windowLut", () => {
  it("maps the ends and the middle of the full range to black, mid gray and white", () => {
    const lut = windowLut(FULL_WINDOW);
    expect([lut[0], lut[32768], lut[65535]]).toEqual([0, 128, 255]);
    // 65535 / 255 = 257 stored values a gray level, so 257 is level 1 exactly.
    expect(lut[257]).toBe(1);
  });

  it("clips below and above a narrow window and is linear between", () => {
    const lut = windowLut({ center: 0.5, width: 0.2, inverted: false });
    // The window spans 0.4 to 0.6 of the range: 26214 to 39321.
    expect([lut[0], lut[26214], lut[39321], lut[65535]]).toEqual([0, 0, 255, 255]);
    // 0.45 of the range is a quarter of the way: 255 / 4 = 63.75.
    expect(lut[29491]).toBe(64);
  });

  it("inverts after windowing, so that the window stays where it was", () => {
    const lut = windowLut({ center: 0.5, width: 0.2, inverted: true });
    expect([lut[0], lut[29491], lut[65535]]).toEqual([255, 191, 0]);
  });

  it("is a step, not a division by zero, at width 0", () => {
    const lut = windowLut({ center: 0.5, width: 0, inverted: false });
    expect([lut[32766], lut[32769]]).toEqual([0, 255]);
  });
});

describe("windowedPixels", () => {
  it("writes opaque gray", () => {
    const pixels = new Uint16Array([0, 65535]);
    const plane: Plane = { rows: 1, columns: 2, channels: 1, pixels };
    expect([...windowedPixels(plane, windowLut(FULL_WINDOW))]).toEqual([
      0, 0, 0, 255, 255, 255, 255, 255,
    ]);
  });

  it("keeps red, green and blue apart", () => {
    const pixels = new Uint16Array([65535, 257, 0, 0, 0, 514]);
    const plane: Plane = { rows: 1, columns: 2, channels: 3, pixels };
    expect([...windowedPixels(plane, windowLut(FULL_WINDOW))]).toEqual([
      255, 1, 0, 255, 0, 0, 2, 255,
    ]);
  });
});
