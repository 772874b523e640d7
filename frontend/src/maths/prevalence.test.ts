import { describe, expect, it } from "vitest";

import {
  complement,
  frequency,
  predictiveValues,
  roundNumber,
  shareOfPercent,
  tellsNothing,
} from "./prevalence";

function exactly(value: number) {
  return { value, low: value, high: value };
}

describe("predictive values", () => {
  it("are those of the textbook: 1,000 women, 10 ill, 9 found, 89 false alarms", () => {
    const test = { sensitivity: exactly(0.9), specificity: exactly(1 - 89 / 990) };
    const values = predictiveValues(test, 0.01);
    expect(values?.ppv.value).toBeCloseTo(9 / 98, 12);
    expect(values?.npv.value).toBeCloseTo(901 / 902, 12);
  });

  it("take both figures at the same end of their intervals", () => {
    const sensitivity = { value: 0.8, low: 0.6, high: 0.9 };
    const specificity = { value: 0.7, low: 0.5, high: 0.8 };
    const values = predictiveValues({ sensitivity, specificity }, 0.1);
    expect(values?.ppv.low).toBeCloseTo((0.6 * 0.1) / (0.6 * 0.1 + 0.5 * 0.9), 12);
    expect(values?.ppv.high).toBeCloseTo((0.9 * 0.1) / (0.9 * 0.1 + 0.2 * 0.9), 12);
    expect(values?.npv.low).toBeCloseTo((0.5 * 0.9) / (0.5 * 0.9 + 0.4 * 0.1), 12);
    expect(values?.npv.high).toBeCloseTo((0.8 * 0.9) / (0.8 * 0.9 + 0.1 * 0.1), 12);
  });

  it("are the prevalence itself for a coin, at whatever prevalence", () => {
    for (const prevalence of [0.006, 0.3, 0.9]) {
      const coin = { sensitivity: exactly(0.3), specificity: exactly(0.7) };
      const values = predictiveValues(coin, prevalence);
      expect(values?.ppv.value).toBeCloseTo(prevalence, 12);
      expect(values?.npv.value).toBeCloseTo(1 - prevalence, 12);
    }
  });

  it("are none where a result never comes up", () => {
    const never = { sensitivity: exactly(0), specificity: exactly(1) };
    expect(predictiveValues(never, 0.1)).toBeNull();
    const always = { sensitivity: exactly(1), specificity: exactly(0) };
    expect(predictiveValues(always, 0.1)).toBeNull();
  });

  it("turn over with their ends", () => {
    const { value, low, high } = complement({ value: 0.9, low: 0.7, high: 0.95 });
    expect([value, low, high].map((share) => share.toFixed(2))).toEqual(["0.10", "0.05", "0.30"]);
  });
});

describe("natural frequencies", () => {
  it("are of 100, or of more where a few of 100 would round away", () => {
    expect(roundNumber([0.4, 0.07])).toBe(100);
    expect(roundNumber([0.4, 0.007])).toBe(1000);
    expect(roundNumber([0.4, 0.0021])).toBe(1000);
    expect(roundNumber([0.4, 0.994])).toBe(1000);
    expect(roundNumber([0.0005])).toBe(10_000);
  });

  it("are whole people", () => {
    const range = { value: 0.00714, low: 0.0046, high: 0.0106 };
    expect(frequency(range, 1000)).toEqual({ value: 7, low: 5, high: 11, of: 1000 });
  });
});

describe("a result", () => {
  it("tells nothing where its range holds what was known before", () => {
    expect(tellsNothing({ value: 0.007, low: 0.005, high: 0.01 }, 0.006)).toBe(true);
    expect(tellsNothing({ value: 0.007, low: 0.0061, high: 0.01 }, 0.006)).toBe(false);
  });
});

describe("a typed percentage", () => {
  it.each([
    ["0.6", 0.006],
    ["0,6", 0.006],
    [" 12 ", 0.12],
    ["99.99", 0.9999],
  ])("%j is a share", (text, share) => {
    expect(shareOfPercent(text)).toBeCloseTo(share, 12);
  });

  it.each(["", "0", "100", "-1", "a", "1e1", "0.001", "1.2.3"])("%j is none", (text) => {
    expect(shareOfPercent(text)).toBeNull();
  });
});
