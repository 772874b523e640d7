import { describe, expect, it } from "vitest";

import type { Estimate, Prediction } from "../apiTypes";
import { newRows } from "./rows";

const ESTIMATE: Estimate = { value: 0.5, low: 0.4, high: 0.6, method: "made up" };

function prediction(model: string): Prediction {
  return {
    model,
    score: 0.4,
    scores: { cancer: 0.4 },
    verdict: "suspicious",
    reason: null,
    operating_point: { name: "youden", threshold: 0.3, sensitivity: ESTIMATE, specificity: ESTIMATE },
    warnings: ["made up"],
    milliseconds: { total: 3 },
    heatmap: null,
  };
}

describe("newRows", () => {
  const header = { laterality: "L", view: "CC" } as const;

  it("keeps the verdict and where it was made, and nothing else", () => {
    const answers = [{ image: 1, header, predictions: [prediction("cnn@1")] }];
    expect(newRows(answers, new Set(), 5).rows).toEqual([
      {
        at: 5,
        model: "cnn@1",
        verdict: "suspicious",
        score: 0.4,
        point: "youden",
        threshold: 0.3,
        laterality: "L",
        view: "CC",
      },
    ]);
  });

  it("keeps each answer on an image once, and that of another model or image as well", () => {
    const first = [{ image: 1, header, predictions: [prediction("cnn@1")] }];
    const kept = new Set(newRows(first, new Set(), 5).keys);
    expect(newRows(first, kept, 6).rows).toEqual([]);
    const more = [{ image: 1, header, predictions: [prediction("cnn@1"), prediction("knn@1")] }];
    expect(newRows(more, kept, 6).rows.map(({ model }) => model)).toEqual(["knn@1"]);
    const next = [{ image: 2, header, predictions: [prediction("cnn@1")] }];
    expect(newRows(next, kept, 7).rows).toHaveLength(1);
  });
});
