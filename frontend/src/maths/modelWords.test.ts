import { describe, expect, it } from "vitest";

import type { Estimate, Figure, Modality, PublishedModel } from "../apiTypes";
import { CATALOG } from "../i18n/messages";
import {
  aucText,
  calibrationSentence,
  chanceSentence,
  findingName,
  speedText,
  switchSentence,
  trainedOn,
} from "./modelWords";
import type { Choice } from "./models";

const { en, de } = CATALOG;

function auc(value: number, low: number, high: number): Estimate {
  return { value, low, high, method: "bootstrap" };
}

function figure(unit: Figure["unit"], estimate: Estimate): Figure {
  return { unit, n: 100, n_positive: 50, n_patients: 60, metrics: { auc: estimate } };
}

function model(figures: Figure[], trained: object = {}, modality: Modality = "mammogram"): PublishedModel {
  const positive = modality === "histology" ? "metastasis" : "cancer";
  const trained_on = { dataset: "rsna", ...trained };
  return { modality, positive, card: { trained_on, figures } } as unknown as PublishedModel;
}

const GOOD = auc(0.741, 0.68, 0.801);
const GUESS = auc(0.583, 0.481, 0.685);

describe("figures", () => {
  it("are by breast, and by image where no breast was judged", () => {
    const both = model([figure("image", auc(0.5, 0.4, 0.6)), figure("breast", GOOD)]);
    expect(aucText(both, en)).toBe("AUC by breast 0.74 (0.68 to 0.80)");
    expect(aucText(model([figure("image", GOOD)]), en)).toBe("AUC by image 0.74 (0.68 to 0.80)");
    expect(aucText(model([]), en)).toBeNull();
  });

  it("count women, but images where these are of no breast", () => {
    const counts = { women: 1501, images: 12_000 };
    expect(trainedOn(model([], counts), en)).toBe("rsna, 1,501 women");
    expect(trainedOn(model([], { ...counts, dataset: "pcam" }, "histology"), en)).toBe(
      "pcam, 12,000 images",
    );
    expect(trainedOn(model([], counts), de)).toBe("rsna, 1.501 Frauen");
  });

  it("give the last answer's time, and none before there is one", () => {
    expect(speedText(41.6, en)).toBe("last answer 42 ms");
    expect(speedText(undefined, en)).toBe("no answer timed yet");
  });
});

describe("a model that could not be told from guessing", () => {
  it("is said to be one, by the first unit whose interval holds 0.5", () => {
    expect(chanceSentence(model([figure("breast", GOOD), figure("woman", GUESS)]), en)).toBe(
      "On women that it had not seen, this model could not be told from guessing: " +
        "AUC by woman 0.58 (0.48 to 0.69), and guessing is 0.5.",
    );
    expect(chanceSentence(model([figure("woman", GOOD), figure("breast", GUESS)]), en)).toContain(
      "AUC by breast",
    );
  });

  it("is not told from guessing either where it did worse, or just reaches it", () => {
    expect(chanceSentence(model([figure("breast", auc(0.4, 0.3, 0.45))]), en)).not.toBeNull();
    expect(chanceSentence(model([figure("breast", auc(0.6, 0.5, 0.7))]), en)).not.toBeNull();
  });

  it("is none whose every interval lies above, nor one that was not tested", () => {
    expect(chanceSentence(model([figure("breast", GOOD), figure("woman", GOOD)]), en)).toBeNull();
    expect(chanceSentence(model([]), en)).toBeNull();
    expect(chanceSentence(undefined, en)).toBeNull();
  });

  it("speaks of no women where patches are read", () => {
    const sentence = chanceSentence(model([figure("image", GUESS)], {}, "histology"), en);
    expect(sentence).toContain("On images that it had not seen");
    expect(sentence).not.toMatch(/wom[ae]n/);
  });
});

describe("modalities", () => {
  const choice = (modality: Modality, ...models: string[]): Choice => ({ modality, models });

  it("say what had to give way, and are silent otherwise", () => {
    const both = choice("mammogram", "a@1", "b@1");
    expect(switchSentence(both, choice("histology", "c@1"), en)).toBe(
      "2 mammogram models were unchosen: one kind of picture is read at a time.",
    );
    expect(switchSentence(choice("histology", "c@1"), both, en)).toMatch(/^1 H&E patch model was /);
    expect(switchSentence(both, choice("mammogram", "a@1"), en)).toBe("");
    expect(switchSentence(choice("mammogram"), choice("histology", "c@1"), en)).toBe("");
  });
});

describe("a calibration", () => {
  it("is that of the women it was fitted on", () => {
    const local = model([], { positive_share: 0.35 });
    local.card.calibrated_on = { dataset: "folder", women: 40, images: 160, positive_share: 0.1 };
    expect(calibrationSentence(local, en)).toContain("like those of folder, of which about 10 in 100");
    expect(calibrationSentence(model([], { positive_share: 0.338 }), en)).toContain(
      "in training, of which about 34 in 100 showed a breast labelled “cancer”",
    );
  });

  it("speaks of no breast where a patch is read", () => {
    const sentence = calibrationSentence(model([], { positive_share: 0.5 }, "histology"), en);
    expect(sentence).toContain("about 50 in 100 were labelled “metastasis”");
    expect(sentence).not.toMatch(/breast|wom[ae]n|screening/);
  });

  it("names no share where the card has none", () => {
    for (const unknown of [model([]), undefined]) {
      expect(calibrationSentence(unknown, en)).toContain("many showed a breast labelled “cancer”");
      expect(calibrationSentence(unknown, en)).not.toMatch(/\d/);
    }
  });
});

describe("a finding", () => {
  it("has a name where it is known, and else goes by its label", () => {
    expect([findingName("cancer", en), findingName("abnormal", de)]).toEqual([
      "breast cancer",
      "Befund „abnormal“",
    ]);
  });
});
