import { describe, expect, it } from "vitest";

import type { Prediction } from "../apiTypes";
import { CATALOG } from "../i18n/messages";
import {
  announcement,
  decimal,
  detection,
  interval,
  modelText,
  percentText,
  pointName,
  scaleDigits,
  scoreText,
  signed,
  verdictSentence,
} from "./words";

const { en, de, es } = CATALOG;
const AUC = { value: 0.741, low: 0.68, high: 0.801, method: "bootstrap" };

function prediction(part: Partial<Prediction>): Prediction {
  return { model: "cnn@1", score: 0.3712, verdict: "not suspicious", reason: null, ...part } as Prediction;
}

describe("a model's reference", () => {
  it("names the precision where it is not the usual one", () => {
    expect(modelText("cnn@1", "float32")).toBe("cnn@1");
    expect(modelText("cnn@1", "bfloat16")).toBe("cnn@1, bfloat16");
  });
});

describe("numbers", () => {
  it("carry a true minus sign and never a negative zero", () => {
    expect(decimal(-0.5)).toBe("\u22120.50");
    expect(decimal(-0.001)).toBe("0.00");
    expect([signed(4, 0), signed(-4, 0), signed(0, 0)]).toEqual(["+4", "\u22124", "0"]);
  });

  it("tell a score from an operating point that is a thousandth away", () => {
    expect(scoreText(0.2905, en)).not.toBe(scoreText(0.2915, en));
    expect([0.3712, 0, 1].map((score) => scoreText(score, en))).toEqual(["0.371", "0.000", "1.000"]);
  });

  it("give the end of a colour scale the decimals that it needs", () => {
    expect([0.5, 0.02, 1, 2, 10].map(scaleDigits)).toEqual([1, 2, 0, 0, 0]);
  });

  it("carry their interval in words, as each language writes them", () => {
    expect(interval(AUC, en)).toBe("0.74 (0.68 to 0.80)");
    expect(interval(AUC, de)).toBe("0,74 (0,68 bis 0,80)");
    expect(interval(AUC, es, 3)).toBe("0,741 (0,680 a 0,801)");
  });

  it("have as many digits as a percentage needs, and two at most", () => {
    const shares = [0.006, 0.345, 0.0035, 0.5065, 0.1, 0.12344];
    expect(shares.map((share) => percentText(share, en))).toEqual([
      "0.6 %",
      "34.5 %",
      "0.35 %",
      "50.65 %",
      "10 %",
      "12.34 %",
    ]);
    expect(percentText(0.006, de)).toBe("0,6 %");
  });
});

describe("verdicts", () => {
  it("have a sentence and the paper's word", () => {
    expect(verdictSentence("suspicious", null, en)).toBe("Suspicious: above the operating point");
    expect(verdictSentence("not suspicious", null, en)).toBe("Not suspicious by this model");
    expect(detection("suspicious", en)).toBe("detected");
    expect(detection("not suspicious", en)).toBe("not detected");
  });

  it("say why an image cannot be assessed, and have no word for it", () => {
    const none = prediction({ verdict: "cannot assess", score: null, reason: "no breast found" });
    expect(verdictSentence("cannot assess", "no breast found", en)).toBe("Cannot assess: no breast found");
    expect(detection("cannot assess", en)).toBeNull();
    expect(announcement([none], en)).toBe("cnn@1: Cannot assess: no breast found.");
  });

  it("are announced with their score", () => {
    expect(announcement([prediction({})], en)).toBe(
      "cnn@1: Not suspicious by this model. Score 0.371.",
    );
  });
});

describe("an operating point", () => {
  it("is named by what it was chosen for", () => {
    expect(pointName("youden", en)).toBe("balanced (Youden’s index)");
    expect(pointName("sensitivity_90", en)).toBe("few missed (aimed at 90 % sensitivity)");
    expect(pointName("specificity_95", de)).toBe("wenige Fehlalarme (Ziel: 95 % Spezifität)");
    expect(pointName("local", en)).toBe("local");
  });
});
