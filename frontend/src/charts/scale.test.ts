import { describe, expect, it } from "vitest";

import { linearAxis, logAxis, place, shareAxis, tickDigits } from "./scale";

describe("linearAxis", () => {
  it("ends at ticks that hold all values between them", () => {
    const axis = linearAxis("loss", [0.61, 0.74]);
    expect(axis.ticks).toEqual([0.6, 0.65, 0.7, 0.75]);
    expect(axis.domain).toEqual([0.6, 0.75]);
    expect(tickDigits(axis)).toBe(2);
  });

  it("counts epochs in whole numbers", () => {
    expect(linearAxis("epoch", [1, 50]).ticks).toEqual([0, 10, 20, 30, 40, 50]);
  });

  it("has a width even where all values are one", () => {
    const [least, most] = linearAxis("loss", [0.5, 0.5]).domain;
    expect(most).toBeGreaterThan(least);
    expect(linearAxis("loss", []).domain).toEqual([0, 1]);
  });
});

describe("logAxis", () => {
  it("has powers of ten for values that span many", () => {
    expect(logAxis("ms", [0.6, 180]).ticks).toEqual([0.1, 1, 10, 100, 1000]);
  });

  it("has steps between for values that span few", () => {
    expect(logAxis("ms", [12, 33]).ticks).toEqual([10, 20, 50]);
  });
});

describe("place", () => {
  it("goes evenly along an even axis and by factors along a logarithmic one", () => {
    expect(place(shareAxis("share"), 0.25, 0, 200)).toBe(50);
    expect(place(logAxis("ms", [1, 100]), 10, 0, 200)).toBeCloseTo(100);
  });

  it("stays within the axis", () => {
    expect(place(shareAxis("share"), 1.2, 200, 0)).toBe(0);
    expect(place(logAxis("ms", [1, 100]), 0, 0, 200)).toBe(0);
  });
});
