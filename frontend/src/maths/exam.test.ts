import { describe, expect, it } from "vitest";

import type { ImageDescription, Prediction } from "../apiTypes";
import { examAnswer, type JudgedView, type Place, placeOf, sideOf, summedSteps } from "./exam";

function header(laterality: "L" | "R" | null, view: string | null): ImageDescription {
  return { laterality, view } as ImageDescription;
}

function judged(id: number, place: Place | null, score: number | null, steps = {}): JudgedView {
  return { id, place, prediction: { score, milliseconds: steps } as Prediction };
}

describe("a place", () => {
  it.each([
    ["R", "CC", "R-CC"],
    ["L", "CC", "L-CC"],
    ["R", "MLO", "R-MLO"],
    ["L", "MLO", "L-MLO"],
    ["L", "ML", "L"],
    ["R", null, "R"],
    [null, "CC", null],
    [null, null, null],
  ] as const)("of %s and %s is %s", (laterality, view, place) => {
    expect(placeOf(header(laterality, view))).toBe(place);
  });

  it("has a side", () => {
    expect(sideOf("R-MLO")).toBe("R");
    expect(sideOf("L")).toBe("L");
  });
});

describe("an exam's answer", () => {
  it("is the maximum of the breasts, each the mean of its views", () => {
    const { score, breasts } = examAnswer([
      judged(1, "L-MLO", 0.4),
      judged(2, "R-MLO", 0.9),
      judged(3, "L-CC", 0.6),
      judged(4, "R-CC", 0),
    ]);
    expect(breasts.map(({ side, score: own }) => [side, own])).toEqual([
      ["R", 0.45],
      ["L", 0.5],
    ]);
    expect(score).toBe(0.5);
    // As they hang, not as they came.
    expect(breasts.map(({ views }) => views.map(({ id }) => id))).toEqual([
      [4, 2],
      [3, 1],
    ]);
  });

  it("makes of several views what the calibrator of breasts says, and of one its own score", () => {
    const { breasts } = examAnswer(
      [judged(1, "L-MLO", 0.4), judged(2, "L-CC", 0.2), judged(3, "R-CC", 0.9)],
      { slope: 2, intercept: 0.5 },
    );
    // The numbers of the same test in Python.
    const odds = (0.3 / 0.7) ** 2 * Math.exp(0.5);
    expect(breasts[0]?.score).toBe(0.9);
    expect(breasts[1]?.score).toBeCloseTo(odds / (1 + odds), 12);
  });

  it("has a number for views that are certain", () => {
    const certain = (score: number) =>
      examAnswer([judged(1, "L-CC", score), judged(2, "L-MLO", score)], { slope: 3, intercept: 0 }).score;
    expect(certain(0)).toBeLessThan(1e-6);
    expect(certain(1)).toBeGreaterThan(1 - 1e-6);
  });

  it("counts every view of a breast, also a third one and two of the same", () => {
    const views = [judged(1, "L-CC", 0.1), judged(2, "L-CC", 0.2), judged(3, "L", 0.6)];
    expect(examAnswer(views).score).toBeCloseTo(0.3);
  });

  it("leaves a view without a score out of the mean, and a breast without one out of the maximum", () => {
    const { score, breasts } = examAnswer([
      judged(1, "R-CC", null),
      judged(2, "L-CC", null),
      judged(3, "L-MLO", 0.3),
    ]);
    expect(breasts.map((breast) => breast.score)).toEqual([null, 0.3]);
    expect(score).toBe(0.3);
  });

  it("has no score without a view of a known side", () => {
    const answer = examAnswer([judged(1, null, 0.9), judged(2, "L-CC", null)]);
    expect(answer.score).toBeNull();
    expect(answer.unplaced.map(({ id }) => id)).toEqual([1]);
  });

  it("took as long as its views together", () => {
    const views = [
      judged(1, "L-CC", 0.1, { network: 2, total: 10 }),
      judged(2, "R-CC", 0.1, { network: 3, total: 20 }),
    ];
    expect(summedSteps(views)).toEqual({ network: 5, total: 30 });
  });
});
