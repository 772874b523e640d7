import { describe, expect, it } from "vitest";

import type { Verdict } from "../apiTypes";
import { compare, type Opinion } from "./disagreement";

function opinion(name: string, score: number | null, verdict: Verdict, positive = "cancer"): Opinion {
  return { name, positive, score, verdict };
}

describe("opinions", () => {
  it("need two to be compared", () => {
    expect(compare([opinion("a", 0.4, "suspicious")])).toBeNull();
  });

  it("agree though their scores differ", () => {
    const told = compare([opinion("a", 0.4, "suspicious"), opinion("b", 0.9, "suspicious")]);
    expect(told).toMatchObject({ agree: true, counts: [{ verdict: "suspicious", count: 2 }] });
    expect(told?.spread?.difference).toBeCloseTo(0.5);
  });

  it("disagree by their verdicts, and are as far apart as the ends of their scores", () => {
    const told = compare([
      opinion("a", 0.41, "suspicious"),
      opinion("b", 0.29, "not suspicious"),
      opinion("c", 0.35, "not suspicious"),
      opinion("d", null, "cannot assess"),
    ]);
    expect(told?.agree).toBe(false);
    expect(told?.counts.map(({ count }) => count)).toEqual([1, 2, 1]);
    expect([told?.spread?.lowest.name, told?.spread?.highest.name]).toEqual(["b", "a"]);
    expect(told?.spread?.difference).toBeCloseTo(0.12);
  });

  it("have no spread where one at most has a score", () => {
    const told = compare([opinion("a", null, "cannot assess"), opinion("b", 0.5, "suspicious")]);
    expect(told?.spread).toBeNull();
  });

  it("are of different questions where another thing is looked for", () => {
    const told = compare([
      opinion("a", 0.4, "suspicious"),
      opinion("b", 0.4, "suspicious", "abnormal"),
      opinion("c", 0.4, "suspicious"),
    ]);
    expect(told?.questions).toEqual(["cancer", "abnormal"]);
  });
});
