import { describe, expect, it } from "vitest";

import { AGAINST_COLOR, contributionColor, FOR_COLOR, logit, mapImage, mapRectangle } from "./heatmap";

const STRAIGHT = { left: 10, top: 0, right: 110, bottom: 50 };

describe("contributionColor", () => {
  it("is transparent at zero and opaque at both ends of the fixed scale", () => {
    expect(contributionColor(0, 4)[3]).toBe(0);
    expect(contributionColor(4, 4)).toEqual([...FOR_COLOR, 255]);
    expect(contributionColor(-4, 4)).toEqual([...AGAINST_COLOR, 255]);
  });

  it("is even in size: half the scale is half as opaque whatever the sign", () => {
    expect(contributionColor(2, 4)[3]).toBe(128);
    expect(contributionColor(-2, 4)[3]).toBe(128);
  });

  it("clips beyond the ends instead of stretching the scale", () => {
    expect(contributionColor(40, 4)).toEqual(contributionColor(4, 4));
  });
});

describe("mapRectangle", () => {
  it("is the geometry itself when the model saw the image as it is", () => {
    expect(mapRectangle(STRAIGHT)).toEqual({ x: 10, y: 0, width: 100, height: 50 });
  });

  it("is the same place when the model saw it mirrored", () => {
    expect(mapRectangle({ ...STRAIGHT, left: 110, right: 10 })).toEqual({
      x: 10,
      y: 0,
      width: 100,
      height: 50,
    });
  });

  it("keeps what lies outside the image", () => {
    expect(mapRectangle({ left: 60, top: -8, right: -4, bottom: 72 })).toEqual({
      x: -4,
      y: -8,
      width: 64,
      height: 80,
    });
  });
});

describe("mapImage", () => {
  const heatmap = {
    grid: [
      [4, 0, -4],
      [0, 2, 0],
    ],
    bias: 0,
    unit: "logit",
    scale: 4,
    geometry: STRAIGHT,
  };
  const opacities = (rgba: Uint8ClampedArray) =>
    Array.from({ length: rgba.length / 4 }, (_, i) => rgba[4 * i + 3]);

  it("has one pixel a cell, row by row", () => {
    const image = mapImage(heatmap);
    expect([image.rows, image.columns]).toEqual([2, 3]);
    expect(opacities(image.rgba)).toEqual([255, 0, 255, 0, 128, 0]);
    expect([...image.rgba.slice(0, 3)]).toEqual([...FOR_COLOR]);
    expect([...image.rgba.slice(8, 11)]).toEqual([...AGAINST_COLOR]);
  });

  it("puts the first column of a mirrored map at the right", () => {
    // Cell 0 spans x from left = 110 to 110 - 100 / 3 = 76.7: the rightmost third of the rectangle.
    const image = mapImage({ ...heatmap, geometry: { ...STRAIGHT, left: 110, right: 10 } });
    expect([...image.rgba.slice(8, 11)]).toEqual([...FOR_COLOR]);
    expect([...image.rgba.slice(0, 3)]).toEqual([...AGAINST_COLOR]);
    expect(opacities(image.rgba)).toEqual([255, 0, 255, 0, 128, 0]);
    expect(image.rectangle).toEqual({ x: 10, y: 0, width: 100, height: 50 });
  });
});

describe("logit", () => {
  it("is the mean of the cells and the bias", () => {
    // (1 + 3 - 2 + 0) / 4 - 0.25 = 0.25
    const grid = [
      [1, 3],
      [-2, 0],
    ];
    expect(logit({ grid, bias: -0.25, unit: "logit", scale: 4, geometry: STRAIGHT })).toBe(0.25);
  });
});
