import { describe, expect, it } from "vitest";

import type { Heatmap } from "../apiTypes";
import { contourLevels, contours } from "./contour";
import { mapGrid } from "./mapGrid";

function map(grid: number[][], scale = 4): Heatmap {
  const columns = grid[0]?.length ?? 0;
  const geometry = { left: 0, top: 0, right: 10 * columns, bottom: 10 * grid.length };
  return { method: "occlusion", unit: "logit", bias: null, scale, grid, geometry };
}

function lines(heatmap: Heatmap, level: number): number[][][] {
  const found = contours(heatmap, mapGrid(heatmap)).find((one) => one.level === level);
  return (found?.path ?? "")
    .split("M")
    .filter(Boolean)
    .map((line) => line.split("L").map((point) => point.split(" ").map(Number)));
}

describe("contourLevels", () => {
  it("stand at fixed parts of the fixed scale, whatever is in the map", () => {
    expect(contourLevels({ method: "evidence", scale: 4 })).toEqual([1, -1, 2, -2, 3, -3]);
    expect(contourLevels({ method: "membership", scale: 1 })).toEqual([0.25, 0.5, 0.75]);
  });
});

describe("contours", () => {
  it("run where the value is that of the level, between the centres of cells", () => {
    // From 0 at x = 5 to 4 at x = 15: the value is 1 at 7.5 and 3 at 12.5, from edge to edge.
    const slope = map([[0, 4], [0, 4]]);
    for (const [level, at] of [[1, 7.5], [2, 10], [3, 12.5]] as const) {
      const [line, ...others] = lines(slope, level);
      expect(others).toEqual([]);
      expect(line?.map(([x]) => x)).toEqual(line?.map(() => at));
      expect(new Set(line?.map(([, y]) => y))).toEqual(new Set([0, 5, 15, 20]));
    }
    expect(lines(slope, -1)).toEqual([]);
  });

  it("close around a hill, and around a hollow on the other side of 0", () => {
    for (const sign of [1, -1]) {
      const [line, ...others] = lines(map([[0, 0, 0], [0, 4 * sign, 0], [0, 0, 0]]), 2 * sign);
      expect(others).toEqual([]);
      expect(line?.at(-1)).toEqual(line?.[0]);
      // Half way from the centre of the middle cell to those beside it.
      expect(Math.min(...(line ?? []).map(([x]) => x ?? 0))).toBe(10);
      expect(Math.max(...(line ?? []).map(([, y]) => y ?? 0))).toBe(20);
    }
  });

  it("leave a weak map without lines", () => {
    const weak = map([[0, 0.9], [-0.9, 0]]);
    expect(contours(weak, mapGrid(weak)).every(({ path }) => path === "")).toBe(true);
  });

  it("keep the corners of a saddle apart as its middle says", () => {
    // The middle is 1.5, below 2: the two high corners do not hang together.
    expect(lines(map([[3, 0], [0, 3]]), 2)).toHaveLength(2);
  });

  it("are of the same rank on both sides of 0", () => {
    const steep = map([[-4, 4]]);
    expect(contours(steep, mapGrid(steep)).map(({ rank }) => rank)).toEqual([1, 1, 2, 2, 3, 3]);
  });
});
