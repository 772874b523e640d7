import { describe, expect, it } from "vitest";

import type { Heatmap } from "../apiTypes";
import { en } from "../i18n/en";
import { AGAINST_COLOR, FOR_COLOR, MEMBER_COLOR } from "./heatmap";
import { legendOf } from "./legend";

const GEOMETRY = { left: 0, top: 0, right: 1, bottom: 1 };
const SIGNED: Heatmap = {
  method: "occlusion",
  unit: "logit",
  bias: null,
  grid: [[0]],
  scale: 0.5,
  geometry: GEOMETRY,
};
const MEMBERSHIP: Heatmap = {
  method: "membership",
  unit: "membership",
  bias: null,
  grid: [[0]],
  scale: 1,
  geometry: GEOMETRY,
};

function css(color: readonly number[]): string {
  return `rgb(${color.join(" ")})`;
}

describe("the legend of a signed map", () => {
  it("runs from the one colour through nothing to the other", () => {
    const { stops, marks, label } = legendOf(SIGNED, en.viewer);
    expect(stops).toEqual([
      { offset: 0, color: css(AGAINST_COLOR), opacity: 1 },
      { offset: 0.5, color: css(AGAINST_COLOR), opacity: 0 },
      { offset: 0.5, color: css(FOR_COLOR), opacity: 0 },
      { offset: 1, color: css(FOR_COLOR), opacity: 1 },
    ]);
    expect(marks).toEqual(["\u22120.5 or less", "0 logit", "+0.5 or more"]);
    expect(label).toContain("from \u22120.5 to +0.5 logit");
  });
});

describe("the legend of a membership", () => {
  it("runs from 0 to 1 in one colour", () => {
    const { stops, marks, label } = legendOf(MEMBERSHIP, en.viewer);
    expect(stops).toEqual([
      { offset: 0, color: css(MEMBER_COLOR), opacity: 0 },
      { offset: 1, color: css(MEMBER_COLOR), opacity: 1 },
    ]);
    expect(marks).toEqual(["0 membership", "1"]);
    expect(label).toBe("Colour scale from 0 to 1 membership, transparent to green");
  });
});
