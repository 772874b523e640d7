import { describe, expect, it } from "vitest";

import type { MapGrid } from "./mapGrid";
import { strongestRegion } from "./region";

const IMAGE = { rows: 300, columns: 400 };

function grid(rows: number[][], x = 0, y = 0): MapGrid {
  const columns = rows[0]?.length ?? 0;
  const rectangle = { x, y, width: 100 * columns, height: 100 * rows.length };
  return { rows: rows.length, columns, values: Float64Array.from(rows.flat()), rectangle };
}

describe("strongestRegion", () => {
  it("takes in the neighbours with half the strength of the strongest, and no others", () => {
    const region = strongestRegion(
      grid([
        [0.1, 0.6, 0.2, 0.9],
        [0.0, 1.0, 0.5, 0.4],
        [0.7, 0.3, 0.1, 0.0],
      ]),
      IMAGE,
    );
    // 0.9 is as strong, but hangs together with nothing; 0.7 touches by a corner only.
    expect(region).toMatchObject({
      peak: 1,
      cells: 3,
      bounds: { x: 100, y: 0, width: 200, height: 200 },
    });
  });

  it("is outlined along the cells' outer sides alone", () => {
    const region = strongestRegion(grid([[1, 1, 0, 0]]), IMAGE);
    expect(region?.outline.split("M").filter(Boolean).sort()).toEqual(
      ["0 0h100", "100 0h100", "0 100h100", "100 100h100", "0 0v100", "200 0v100"].sort(),
    );
  });

  it("is none where nothing speaks for the class", () => {
    expect(strongestRegion(grid([[0, -1], [-3, 0]]), IMAGE)).toBeNull();
  });

  it("does not lie in the padding that only the model saw", () => {
    // The first column's centre lies left of the image.
    const region = strongestRegion(grid([[9, 2, 0, 0]], -80), IMAGE);
    expect(region).toMatchObject({ peak: 2, bounds: { x: 20, width: 100 } });
  });

  it("spans no more than the image", () => {
    const region = strongestRegion(grid([[0, 0, 0, 5]], 20, -30), IMAGE);
    expect(region?.bounds).toEqual({ x: 320, y: 0, width: 80, height: 70 });
  });
});
