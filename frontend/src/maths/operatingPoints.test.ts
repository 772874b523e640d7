import { describe, expect, it } from "vitest";

import type { Estimate, OperatingPoint, PublishedModel } from "../apiTypes";
import { figuresAt, pointOf, verdictAt } from "./operatingPoints";

function estimate(value: number): Estimate {
  return { value, low: value - 0.1, high: value + 0.1, method: "" };
}

function point(name: string, threshold: number, sensitivity: number): OperatingPoint {
  return { name, threshold, sensitivity: estimate(sensitivity), specificity: estimate(0.7) };
}

const YOUDEN = point("youden", 0.4, 0.3);
const CAREFUL = point("sensitivity_90", 0.2, 0.9);

function figure(unit: string, sensitivity: number) {
  const metrics = { sensitivity: estimate(sensitivity), specificity: estimate(0.7) };
  return { unit, n: 200, n_positive: 50, n_patients: 90, metrics };
}

const MODEL = {
  operating_points: [YOUDEN, CAREFUL],
  card: { figures: [figure("image", 0.3), figure("woman", 0.25)] },
} as unknown as PublishedModel;

describe("an operating point", () => {
  it("is the one of that name, else the model's first, else the answer's own", () => {
    expect(pointOf(MODEL, "sensitivity_90", YOUDEN)).toBe(CAREFUL);
    expect(pointOf(MODEL, "unknown", CAREFUL)).toBe(YOUDEN);
    expect(pointOf(MODEL, null, CAREFUL)).toBe(YOUDEN);
    expect(pointOf(undefined, "youden", CAREFUL)).toBe(CAREFUL);
  });

  it("is reached by a score that equals it, as on the server", () => {
    expect(verdictAt(0.4, YOUDEN)).toBe("suspicious");
    expect(verdictAt(0.4 - 1e-12, YOUDEN)).toBe("not suspicious");
    expect(verdictAt(null, YOUDEN)).toBe("cannot assess");
  });
});

describe("its figures", () => {
  it("are by woman at the point that the card's figures by woman are of", () => {
    expect(figuresAt(MODEL, YOUDEN, "woman")).toMatchObject({
      unit: "woman",
      sensitivity: { value: 0.25 },
      positiveShare: 0.25,
    });
  });

  it("are by image at another point, and say so", () => {
    expect(figuresAt(MODEL, CAREFUL, "woman")).toMatchObject({
      unit: "image",
      sensitivity: { value: 0.9 },
    });
    expect(figuresAt(MODEL, CAREFUL, "image").unit).toBe("image");
  });

  it("are the point's own where no card is known", () => {
    expect(figuresAt(undefined, YOUDEN, "woman")).toEqual({
      unit: "image",
      sensitivity: YOUDEN.sensitivity,
      specificity: YOUDEN.specificity,
      positiveShare: null,
    });
  });
});
