import { describe, expect, it } from "vitest";

import type { Heatmap } from "../apiTypes";
import { cellRectangle, mapGrid, mapRectangle, mapValue } from "./mapGrid";

const STRAIGHT = { left: 10, top: 0, right: 110, bottom: 50 };
const MAP: Heatmap = {
  method: "occlusion",
  unit: "logit",
  bias: null,
  scale: 4,
  grid: [
    [1, 2, 3, 4],
    [5, 6, 7, 8],
  ],
  geometry: STRAIGHT,
};
const MIRRORED = { ...MAP, geometry: { ...STRAIGHT, left: 110, right: 10 } };

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

describe("mapGrid", () => {
  it("stands in the image's order, whichever way the model saw it", () => {
    expect([...mapGrid(MAP).values]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect([...mapGrid(MIRRORED).values]).toEqual([4, 3, 2, 1, 8, 7, 6, 5]);
    const upended = { ...MAP, geometry: { ...STRAIGHT, top: 50, bottom: 0 } };
    expect([...mapGrid(upended).values]).toEqual([5, 6, 7, 8, 1, 2, 3, 4]);
  });

  it("has cells that fill its rectangle", () => {
    expect(cellRectangle(mapGrid(MAP), 1, 3)).toEqual({ x: 85, y: 25, width: 25, height: 25 });
  });
});

describe("mapValue", () => {
  it("is that of the cell under the point, and null off the map", () => {
    const grid = mapGrid(MAP);
    expect(mapValue(grid, { x: 10, y: 0 })).toBe(1);
    expect(mapValue(grid, { x: 34.9, y: 24.9 })).toBe(1);
    expect(mapValue(grid, { x: 35, y: 25 })).toBe(6);
    expect(mapValue(grid, { x: 109, y: 49 })).toBe(8);
    expect(mapValue(grid, { x: 9, y: 10 })).toBeNull();
    expect(mapValue(grid, { x: 50, y: 50 })).toBeNull();
  });

  it("is of the right cell where the model saw the image mirrored", () => {
    expect(mapValue(mapGrid(MIRRORED), { x: 12, y: 2 })).toBe(4);
  });
});
