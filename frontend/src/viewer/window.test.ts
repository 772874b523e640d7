import { describe, expect, it } from "vitest";

import { draggedWindow, FULL_WINDOW, windowBetween, windowLut } from "./window";

/** As the server scales what was stored with so many bits. */
function stored(value: number, bits: number): number {
  return Math.round((value * 65535) / (2 ** bits - 1));
}

/** LINEAR_EXACT of DICOM PS3.3 C.11.2.1.3.2 on the stored value itself. */
function linearExact(value: number, center: number, width: number): number {
  return 255 * Math.min(1, Math.max(0, (value - center) / width + 0.5));
}

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

  it.each([
    [12, 2048, 1024],
    [12, 1200, 300],
    [16, 30000, 12000],
    [16, 40000, 500],
  ])("windows %i-bit values by center %i and width %i as DICOM does", (bits, center, width) => {
    const most = 2 ** bits - 1;
    const lut = windowLut({ center: center / most, width: width / most, inverted: false });
    for (let value = 0; value <= most; value += bits === 12 ? 1 : 7) {
      const level = lut[stored(value, bits)] ?? -1;
      // Half a level by rounding, and what rounding to 16 bits moves a value within the window.
      const slack = 0.5 + (0.5 / 65535) * (most / width) * 255;
      expect(Math.abs(level - linearExact(value, center, width))).toBeLessThanOrEqual(slack + 1e-9);
    }
  });

  it("tells two neighbours of 12 bits apart in a window of a few values", () => {
    const lut = windowLut(windowBetween(stored(2000, 12), stored(2010, 12), false));
    const levels = Array.from({ length: 11 }, (_, i) => lut[stored(2000 + i, 12)]);
    expect(new Set(levels).size).toBe(11);
  });
});

describe("windowBetween", () => {
  it("is black at its low end and white at its high one", () => {
    const lut = windowLut(windowBetween(10000, 20000, false));
    expect([lut[10000], lut[15000], lut[20000]]).toEqual([0, 128, 255]);
  });

  it("never loses its width", () => {
    expect(windowBetween(300, 300, true).width).toBeCloseTo(1 / 65535, 12);
  });
});

describe("draggedWindow", () => {
  const start = { center: 0.5, width: 0.4, inverted: false };

  it("grows wider to the right and brighter upwards", () => {
    const next = draggedWindow(start, { x: 0.25, y: -0.125 });
    expect(next).toEqual({ center: 0.375, width: 0.65, inverted: false });
    const value = Math.round(0.5 * 65535);
    const brighter = windowLut(draggedWindow(start, { x: 0, y: -0.1 }))[value] ?? 0;
    expect(brighter).toBeGreaterThan(windowLut(start)[value] ?? 255);
  });

  it("is brighter upwards when it is inverted, too", () => {
    const inverted = { ...start, inverted: true };
    const value = Math.round(0.5 * 65535);
    const brighter = windowLut(draggedWindow(inverted, { x: 0, y: -0.1 }))[value] ?? 0;
    expect(brighter).toBeGreaterThan(windowLut(inverted)[value] ?? 255);
  });

  it("stays within the range of the plane", () => {
    expect(draggedWindow(start, { x: 9, y: 9 })).toEqual({ center: 1, width: 1, inverted: false });
    expect(draggedWindow(start, { x: -9, y: -9 }).width).toBeCloseTo(1 / 65535, 12);
  });
});
