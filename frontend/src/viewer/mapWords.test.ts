import { describe, expect, it } from "vitest";

import type { Heatmap } from "../apiTypes";
import { en } from "../i18n/en";
import { mapButton, mapClaim, mapDetail, mapName } from "./mapWords";

const CELLS = { grid: [[0.5, 1]], scale: 1, geometry: { left: 0, top: 0, right: 2, bottom: 1 } };
const EVIDENCE: Heatmap = { ...CELLS, method: "evidence", unit: "logit", bias: -0.25 };
const OCCLUSION: Heatmap = { ...CELLS, method: "occlusion", unit: "logit", bias: null };
const MEMBERSHIP: Heatmap = { ...CELLS, method: "membership", unit: "membership", bias: null };

describe("a map that explains the score", () => {
  it.each(["evidence", "occlusion"] as const)("says so by %s", (method) => {
    expect(mapButton(method, en.viewer)).toBe("Show what moved the score");
    expect(mapName(method, "cnn@1", en.viewer)).toBe("Map of what moved the score of cnn@1");
    expect(mapClaim(method, "mammogram", en.viewer)).toContain("it is not an outline of a lesion");
    expect(mapClaim(method, "histology", en.viewer)).toContain("it is not an outline of a tumour");
  });

  it("gives the sum where it is exact, and says where it is none", () => {
    expect(mapDetail(EVIDENCE, "abnormal", en.viewer)).toContain("against “abnormal”");
    expect(mapDetail(EVIDENCE, "cancer", en.viewer)).toContain("the bias \u22120.25 give the logit 0.50.");
    expect(mapDetail(OCCLUSION, "metastasis", en.viewer)).toMatch(/^Covering a cell changes the logit by so much/);
    expect(mapDetail(OCCLUSION, "metastasis", en.viewer)).toContain("speaks for “metastasis”");
    expect(mapDetail(OCCLUSION, "cancer", en.viewer)).toContain("do not add up to the score");
  });
});

describe("a map of a segmentation", () => {
  it("never says that it moved the score", () => {
    expect(mapButton("membership", en.viewer)).toBe("Show what was segmented");
    expect(mapName("membership", "kmeans@1", en.viewer)).toBe("Map of what was segmented for kmeans@1");
    expect(mapClaim("membership", "mammogram", en.viewer)).toBe(
      "Shows what was segmented, not what moved the score.",
    );
    expect(mapDetail(MEMBERSHIP, "cancer", en.viewer)).toContain("not at all at 0, wholly at 1");
  });
});
