import { describe, expect, it } from "vitest";

import type { Heatmap } from "../apiTypes";
import { mapImage } from "./heatmap";
import { cellRectangle, mapGrid, mapValue } from "./mapGrid";
import placements from "./placements.json";
import { strongestRegion } from "./region";
import { FITTED, type View } from "./view";
import { placementOf, toImage, toRoom } from "./viewport";

/**
 * The lesions are those of phantoms and the edges are the server's own for them; only the values
 * of the map are made up: all 0 but the cell that the lesion lies in as the model sees it.
 */
function planted({ cells, peak, geometry }: (typeof placements)[number]): Heatmap {
  const grid = Array.from({ length: cells }, (_, row) =>
    Array.from({ length: cells }, (_, column) =>
      row === peak.row && column === peak.column ? 4 : 0,
    ),
  );
  return { method: "occlusion", unit: "logit", bias: null, scale: 4, grid, geometry };
}

describe("a map whose maximum is where the model saw a lesion", () => {
  it("is tried on both sides in both views, of which one side is seen mirrored", () => {
    expect(placements.map(({ laterality, view }) => `${laterality} ${view}`)).toEqual([
      "L CC",
      "L MLO",
      "R CC",
      "R MLO",
    ]);
    const mirrored = placements.filter(({ geometry }) => geometry.left > geometry.right);
    expect(mirrored.map(({ laterality }) => laterality)).toEqual(["R", "R"]);
  });

  for (const placed of placements) {
    const name = `${placed.laterality} ${placed.view}`;
    const { lesion } = placed;
    const heatmap = planted(placed);
    const grid = mapGrid(heatmap);

    it(`lies over the phantom's lesion in ${name}`, () => {
      expect(mapValue(grid, lesion)).toBe(4);
      const cell = cellRectangle(grid, 0, 0);
      // Two cells further on it is no longer.
      expect(mapValue(grid, { x: lesion.x + 2 * cell.width, y: lesion.y })).not.toBe(4);
      expect(mapValue(grid, { x: lesion.x, y: lesion.y - 2 * cell.height })).not.toBe(4);
    });

    it(`is drawn and outlined there in ${name}`, () => {
      const { rgba, rectangle, columns, rows } = mapImage(heatmap);
      const column = Math.floor(((lesion.x - rectangle.x) / rectangle.width) * columns);
      const row = Math.floor(((lesion.y - rectangle.y) / rectangle.height) * rows);
      const opacities = Array.from({ length: rows * columns }, (_, i) => rgba[4 * i + 3]);
      expect(opacities.indexOf(255)).toBe(row * columns + column);
      const region = strongestRegion(grid, placed);
      expect(region?.cells).toBe(1);
      const { x, y, width, height } = region?.bounds ?? { x: 0, y: 0, width: 0, height: 0 };
      expect(lesion.x).toBeGreaterThanOrEqual(x);
      expect(lesion.x).toBeLessThanOrEqual(x + width);
      expect(lesion.y).toBeGreaterThanOrEqual(y);
      expect(lesion.y).toBeLessThanOrEqual(y + height);
    });

    it(`stays there however the view is zoomed and moved in ${name}`, () => {
      const image = { ...placed, pixel_aspect: 1 };
      const room = { width: 611, height: 433 };
      const views: View[] = [FITTED, { ...FITTED, zoom: 5.3, center: { x: 0.3, y: 0.8 } }];
      for (const view of views) {
        const placement = placementOf(image, room, view);
        const under = toImage(placement, toRoom(placement, lesion));
        expect(mapValue(grid, under)).toBe(4);
      }
    });
  }
});
