import { describe, expect, it } from "vitest";

import type { Heatmap, PlaneHeader, Prediction } from "../apiTypes";
import { AS_PUBLISHED } from "../maths/settings";
import { contentOf, isDisputed, type Shown } from "./content";
import { film, HEADER, POINT, prediction } from "./madeUp";
import { reportFile } from "./reportFile";

const MAP: Heatmap = {
  method: "evidence",
  unit: "logit",
  bias: 0.1,
  grid: [[0.2]],
  scale: 1,
  geometry: { left: 0, top: 0, right: 1, bottom: 1 },
};

function shown(films: Shown["films"], models: readonly string[] = ["cnn@1"]): Shown {
  const [only] = films;
  return {
    films,
    film: films.length === 1 && only ? only : null,
    chosen: { modality: "mammogram", models },
    models: [],
    settings: AS_PUBLISHED,
  };
}

describe("contentOf", () => {
  it("waits for the image and for an answer", () => {
    expect(contentOf(shown([]))).toBeNull();
    expect(contentOf(shown([film(1, [])]))).toBeNull();
    expect(contentOf(shown([film(1, [prediction("cnn@1")], { image: null })]))).toBeNull();
    expect(contentOf(shown([film(1, [prediction("cnn@1")], { judging: true })]))).toBeNull();
  });

  it("has of an exam the woman's answer: the maximum of her breasts' means", () => {
    const content = contentOf(
      shown([
        film(1, [prediction("cnn@1", 0.1)]),
        film(2, [prediction("cnn@1", 0.3)], { place: "L-MLO" }),
        film(3, [prediction("cnn@1", 0.25)], { place: "R-CC" }),
      ]),
    );
    expect(content?.views.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(content?.answers).toHaveLength(1);
    expect(content?.answers[0]?.score).toBeCloseTo(0.25);
    expect(content?.answers[0]?.verdict).toBe("not suspicious");
  });

  it("has no answer in common for several patches", () => {
    const patches = shown([film(1, [prediction("svm@1")]), film(2, [prediction("svm@1")])], ["svm@1"]);
    expect(contentOf({ ...patches, chosen: { modality: "histology", models: ["svm@1"] } })).toBeNull();
  });

  it("tells when models disagree", () => {
    const answers = (scores: [number, number]) =>
      contentOf(
        shown([film(1, [prediction("cnn@1", scores[0]), prediction("knn@1", scores[1])])], ["cnn@1", "knn@1"]),
      )?.answers ?? [];
    const [alike] = answers([0.4, 0.5]);
    const [apart] = answers([0.4, 0.2]);
    expect(alike && isDisputed(alike, answers([0.4, 0.5]))).toBe(false);
    expect(apart && isDisputed(apart, answers([0.4, 0.2]))).toBe(true);
  });
});

describe("reportFile", () => {
  const content = contentOf(shown([film(7, [prediction("cnn@1")])]));
  if (!content) throw new Error("there is an answer");

  it("holds the answer, the operating point, the date, the notice and the map of its view", () => {
    const made = new Date(Date.UTC(2030, 0, 2, 3, 4, 5));
    const file = JSON.parse(
      reportFile(content, [{ id: 7, model: "cnn@1", heatmap: MAP }], made, "Not a device."),
    ) as { views: { image: PlaneHeader; predictions: Prediction[] }[] };
    expect(file).toMatchObject({
      kind: "mammoscope report",
      notice: "Not a device.",
      made: "2030-01-02T03:04:05.000Z",
      answers: [
        {
          model: "cnn@1",
          of: "image",
          verdict: "suspicious",
          score: 0.4,
          operating_point: { name: "youden", threshold: 0.3, sensitivity: POINT.sensitivity },
        },
      ],
    });
    expect(file.views[0]?.predictions[0]?.heatmap).toEqual(MAP);
    expect(file.views[0]?.image).toEqual(HEADER);
  });

  it("holds no pixel", () => {
    expect(reportFile(content, [], new Date(0), "")).not.toContain("pixels");
  });
});
