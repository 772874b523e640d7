import { describe, expect, it } from "vitest";

import type { Heatmap, ImageDescription } from "../apiTypes";
import { de } from "../i18n/de";
import { en } from "../i18n/en";
import { mapGrid } from "./mapGrid";
import { regionSentence } from "./mapWords";
import type { Plane } from "./plane";
import { strongestRegion } from "./region";
import { orientationMark, valueText, viewTitle, windowText, zoomText } from "./viewWords";

const IMAGE: ImageDescription = {
  rows: 100,
  columns: 200,
  laterality: "R",
  view: "MLO",
  spacing_mm: null,
  pixel_aspect: 1,
  modality: "mammogram",
  source: { format: "png", bits: 16, transfer_syntax: null, steps: [] },
};
const MAP: Heatmap = {
  method: "occlusion",
  unit: "logit",
  bias: null,
  scale: 0.5,
  grid: [[0.25, -0.125]],
  geometry: { left: 0, top: 0, right: 200, bottom: 100 },
};
const PLANE: Plane = { rows: 1, columns: 2, channels: 1, pixels: Uint16Array.of(0, 32768) };

describe("viewTitle and orientationMark", () => {
  it.each([
    ["R", "MLO", "Right MLO", "R MLO"],
    [null, "CC", "CC, side not stated", "CC"],
    ["L", null, "Left, view not stated", "L"],
    [null, null, "Side and view not stated", ""],
  ] as const)("say of %s and %s what is known and no more", (laterality, view, title, mark) => {
    const image = { ...IMAGE, laterality, view };
    expect(viewTitle(image, en.viewer)).toBe(title);
    expect(orientationMark(image)).toBe(mark);
  });
});

describe("valueText", () => {
  it("says the place, the stored gray and its share, and the map's value where it is on", () => {
    const map = { heatmap: MAP, grid: mapGrid(MAP) };
    expect(valueText({ x: 1.9, y: 0.2 }, PLANE, null, en.viewer)).toBe(
      "column 1, row 0 · gray 32768 of 65535 (0.500)",
    );
    expect(valueText({ x: 1.9, y: 0.2 }, PLANE, map, de.viewer)).toBe(
      "Spalte 1, Zeile 0 · Grauwert 32768 von 65535 (0,500) · Karte +0,250 logit",
    );
    expect(valueText({ x: 2, y: 0 }, PLANE, map, en.viewer)).toBe("beside the image");
  });
});

describe("zoomText and windowText", () => {
  it("is 100 where each pixel has one of the screen's", () => {
    expect(zoomText({ left: 0, top: 0, pixelWidth: 0.5, pixelHeight: 0.5 }, 2)).toBe("100");
  });

  it("gives the window's ends as far as there are values", () => {
    expect(windowText({ center: 0.1, width: 0.4, inverted: true }, en.viewer)).toBe(
      "Window 0 to 19661 of 65535, inverted",
    );
  });
});

describe("regionSentence", () => {
  const grid = mapGrid(MAP);
  const region = strongestRegion(grid, IMAGE);

  it("is in pixels without a spacing, in millimetres with one", () => {
    expect(regionSentence(region, MAP, grid, IMAGE, en.viewer)).toBe(
      "The strongest region is outlined: 100 × 100 pixels, all cells around the strongest, +0.250 logit, " +
        "that have at least half of it. The scale ends at 0.5. One cell of the map is 100 × 100 pixels.",
    );
    const spaced = { ...IMAGE, spacing_mm: [0.2, 0.1] as [number, number], pixel_aspect: 2 };
    expect(regionSentence(region, MAP, grid, spaced, de.viewer)).toContain("10,0 × 20,0 mm");
  });

  it("says that there is none", () => {
    expect(regionSentence(null, MAP, grid, IMAGE, en.viewer)).toContain("no region is outlined");
  });
});
