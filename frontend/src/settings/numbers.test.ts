import { describe, expect, it } from "vitest";

import { numbersIn } from "./numbers";

describe("numbersIn", () => {
  it.each([
    ["en", "0.54", "1,765"],
    ["de", "0,54", "1.765"],
    ["es", "0,54", "12.765"],
  ])("writes in %s %s and %s", (language, half, many) => {
    const { decimal, count } = numbersIn(language);
    expect(decimal(0.5417)).toBe(half);
    // Spanish sets four digits without a mark between them.
    expect(count(language === "es" ? 12765 : 1765)).toBe(many);
  });

  it("has a true minus, and none before nothing", () => {
    const { decimal, percent } = numbersIn("en");
    expect(decimal(-0.08)).toBe("\u22120.08");
    expect(decimal(-0.001)).toBe("0.00");
    expect(percent(0.345)).toBe("35\u00a0%");
  });
});
