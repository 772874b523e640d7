import { describe, expect, it } from "vitest";

import type { Estimate, Heatmap, PlaneHeader, Prediction } from "../apiTypes";
import { contentOf, disagree } from "./content";
import { reportFile } from "./reportFile";

const ESTIMATE: Estimate = { value: 0.5, low: 0.4, high: 0.6, method: "made up" };
const POINT = { name: "youden", threshold: 0.3, sensitivity: ESTIMATE, specificity: ESTIMATE };
const HEADER: PlaneHeader = {
  rows: 1,
  columns: 1,
  laterality: "L",
  view: "CC",
  spacing_mm: null,
  pixel_aspect: 1,
  modality: "mammogram",
  source: { format: "png", bits: 16, transfer_syntax: null, steps: [] },
  warnings: [],
  channels: 1,
};
const MAP: Heatmap = {
  method: "evidence",
  unit: "logit",
  bias: 0.1,
  grid: [[0.2]],
  scale: 1,
  geometry: { left: 0, top: 0, right: 1, bottom: 1 },
};

function prediction(model: string, verdict: "suspicious" | "not suspicious"): Prediction {
  return {
    model,
    score: 0.4,
    scores: { cancer: 0.4 },
    verdict,
    reason: null,
    operating_point: POINT,
    warnings: [],
    milliseconds: { total: 3 },
    heatmap: null,
  };
}

const IMAGE = { header: HEADER, plane: { rows: 1, columns: 1, channels: 1, pixels: new Uint16Array(1) } } as const;

describe("contentOf", () => {
  it("waits for the image and for an answer", () => {
    expect(contentOf(null, [prediction("cnn@1", "suspicious")], [])).toBeNull();
    expect(contentOf(IMAGE, [], [])).toBeNull();
  });

  it("tells when models disagree", () => {
    const alike = [prediction("cnn@1", "suspicious"), prediction("knn@1", "suspicious")];
    expect(disagree(contentOf(IMAGE, alike, [])?.answers ?? [])).toBe(false);
    const apart = [prediction("cnn@1", "suspicious"), prediction("knn@1", "not suspicious")];
    expect(disagree(contentOf(IMAGE, apart, [])?.answers ?? [])).toBe(true);
  });
});

describe("reportFile", () => {
  const content = contentOf(IMAGE, [prediction("cnn@1", "suspicious")], []);
  if (!content) throw new Error("there is an answer");

  it("holds the answer, the operating point, the date, the notice and the map of its view", () => {
    const made = new Date(Date.UTC(2030, 0, 2, 3, 4, 5));
    const maps = [{ view: 0, model: "cnn@1", heatmap: MAP }];
    const file = JSON.parse(reportFile(content, maps, made, "Not a device.")) as {
      views: { image: PlaneHeader; predictions: Prediction[] }[];
    };
    expect(file).toMatchObject({
      kind: "mammoscope report",
      notice: "Not a device.",
      made: "2030-01-02T03:04:05.000Z",
      answers: [{ model: "cnn@1", verdict: "suspicious", score: 0.4, operating_point: POINT }],
    });
    expect(file.views[0]?.predictions[0]?.heatmap).toEqual(MAP);
    expect(file.views[0]?.image).toEqual(HEADER);
  });

  it("holds no pixel", () => {
    expect(reportFile(content, [], new Date(0), "")).not.toContain("pixels");
  });
});
