import { describe, expect, it } from "vitest";

import type { Figure, ImageDescription, Modality, Prediction, PublishedModel } from "../apiTypes";
import type { Choice } from "./models";
import {
  announcement,
  aucText,
  calibrationSentence,
  chanceSentence,
  decimal,
  detection,
  groupName,
  interval,
  pictureName,
  scaleDigits,
  scoreText,
  signed,
  switchSentence,
  trainedOn,
  verdictSentence,
  viewName,
} from "./words";

const AUC = { value: 0.741, low: 0.68, high: 0.801, method: "bootstrap" };

function model(trained_on: object = {}): PublishedModel {
  const figure = { unit: "breast", n: 100, n_positive: 50, n_patients: 60, metrics: { auc: AUC } };
  return { positive: "cancer", card: { trained_on, figures: [figure] } } as unknown as PublishedModel;
}

/** A model of patches, which are of no breast. */
function patchModel(trained_on: object = {}): PublishedModel {
  const figure = { unit: "image", n: 100, n_positive: 50, n_patients: 60, metrics: { auc: AUC } };
  const card = { trained_on, figures: [figure] };
  return { modality: "histology", positive: "metastasis", card } as unknown as PublishedModel;
}

function prediction(part: Partial<Prediction>): Prediction {
  return { model: "cnn@1", score: 0.3712, verdict: "not suspicious", ...part } as Prediction;
}

describe("numbers", () => {
  it("carry a true minus sign and never a negative zero", () => {
    expect(decimal(-0.5)).toBe("\u22120.50");
    expect(decimal(-0.001)).toBe("0.00");
    expect([signed(4, 0), signed(-4, 0), signed(0, 0)]).toEqual(["+4", "\u22124", "0"]);
  });

  it("tell a score from an operating point that is a thousandth away", () => {
    expect(scoreText(0.2905)).not.toBe(scoreText(0.2915));
    expect([scoreText(0.3712), scoreText(0), scoreText(1)]).toEqual(["0.371", "0.000", "1.000"]);
  });

  it("give the end of a colour scale the decimals that it needs", () => {
    expect([0.5, 0.02, 1, 2, 10].map(scaleDigits)).toEqual([1, 2, 0, 0, 0]);
    expect([0.5, 0.02, 10].map((scale) => signed(scale, scaleDigits(scale)))).toEqual([
      "+0.5",
      "+0.02",
      "+10",
    ]);
  });

  it("carry their interval in words", () => {
    expect(interval(AUC)).toBe("0.74 (0.68 to 0.80)");
    expect(aucText(model())).toBe("AUC by breast 0.74 (0.68 to 0.80)");
    expect(aucText({ card: { figures: [] } } as unknown as PublishedModel)).toBeNull();
  });
});

describe("figures", () => {
  it("are by image where no breast was judged, and by breast where both stand", () => {
    expect(aucText(patchModel())).toBe("AUC by image 0.74 (0.68 to 0.80)");
    const both = model();
    const image: Figure = {
      unit: "image",
      n: 400,
      n_positive: 50,
      n_patients: 60,
      metrics: { auc: { ...AUC, value: 0.5 } },
    };
    both.card.figures.unshift(image);
    expect(aucText(both)).toBe("AUC by breast 0.74 (0.68 to 0.80)");
  });

  it("count women, but images where these are of no breast", () => {
    const counts = { women: 1501, images: 12_000 };
    expect(trainedOn(model(counts))).toBe("1,501 women");
    expect(trainedOn(patchModel(counts))).toBe("12,000 images");
  });
});

describe("modalities", () => {
  const choice = (modality: Modality, ...models: string[]): Choice => ({ modality, models });

  it("have a name for the picture and for the group", () => {
    expect([pictureName("mammogram"), pictureName("histology")]).toEqual(["mammogram", "H&E patch"]);
    expect(groupName("histology")).toBe("H&E histology patch");
  });

  it("say what had to give way, and are silent otherwise", () => {
    const both = choice("mammogram", "a@1", "b@1");
    expect(switchSentence(both, choice("histology", "c@1"))).toBe(
      "2 mammogram models were unchosen: one kind of picture is read at a time.",
    );
    expect(switchSentence(choice("histology", "c@1"), both)).toMatch(/^1 H&E patch model was /);
    expect(switchSentence(both, choice("mammogram", "a@1"))).toBe("");
    expect(switchSentence(choice("mammogram"), choice("histology", "c@1"))).toBe("");
  });
});

describe("a calibration", () => {
  it("is that of the women it was fitted on", () => {
    const local = model({ positive_share: 0.35 });
    local.card.calibrated_on = { dataset: "folder", women: 40, images: 160, positive_share: 0.1 };
    expect(calibrationSentence(local)).toContain("like those of folder, of which about 10 in 100");
    expect(calibrationSentence(model({ positive_share: 0.35 }))).toContain("in training, of which about 35");
  });
});

describe("verdicts", () => {
  it("have a sentence and the paper's word", () => {
    const suspicious = prediction({ verdict: "suspicious" });
    expect(verdictSentence(suspicious)).toBe("Suspicious: above the operating point");
    expect(detection(suspicious)).toBe("detected");
    expect(detection(prediction({}))).toBe("not detected");
  });

  it("say why an image cannot be assessed, and have no word for it", () => {
    const none = prediction({ verdict: "cannot assess", score: null, reason: "no breast found" });
    expect(verdictSentence(none)).toBe("Cannot assess: no breast found");
    expect(detection(none)).toBeNull();
    expect(announcement([none])).toBe("cnn@1: Cannot assess: no breast found.");
  });

  it("are announced with their score", () => {
    expect(announcement([prediction({})])).toBe(
      "cnn@1: Not suspicious by this model. Score 0.371.",
    );
  });
});

describe("calibrationSentence", () => {
  it("takes the share of the training images from the card, not that of the test breasts", () => {
    const known = calibrationSentence(model({ positive_share: 0.338 }));
    expect(known).toContain("about 34 in 100 showed a breast labelled “cancer”");
  });

  it("speaks of no breast where a patch is read", () => {
    const sentence = calibrationSentence(patchModel({ positive_share: 0.5 }));
    expect(sentence).toContain("about 50 in 100 were labelled “metastasis”");
    expect(sentence).not.toMatch(/breast|wom[ae]n|screening/);
  });

  it("names no share where the card has none", () => {
    for (const unknown of [model(), undefined]) {
      expect(calibrationSentence(unknown)).toContain("many showed a breast labelled “cancer”");
      expect(calibrationSentence(unknown)).not.toMatch(/\d/);
    }
  });
});

describe("chanceSentence", () => {
  const rated = (low: number): PublishedModel => {
    const known = model();
    for (const figure of known.card.figures) figure.metrics.auc = { ...AUC, low };
    return known;
  };

  it("warns of a model whose interval holds one half", () => {
    expect(chanceSentence(rated(0.45))).toContain("cannot be told from guessing");
    expect(chanceSentence(rated(0.5))).not.toBeNull();
  });

  it("warns by image where no breast was judged", () => {
    const patches = patchModel();
    for (const figure of patches.card.figures) figure.metrics.auc = { ...AUC, low: 0.45 };
    expect(chanceSentence(patches)).toBe(
      "On its test images this model cannot be told from guessing: AUC by image 0.74 (0.45 to 0.80).",
    );
  });

  it("is silent where the interval lies above, or nothing is known", () => {
    expect(chanceSentence(rated(0.51))).toBeNull();
    expect(chanceSentence(undefined)).toBeNull();
  });
});

describe("viewName", () => {
  it("never guesses a side or a view", () => {
    const name = (laterality: "L" | "R" | null, view: string | null) =>
      viewName({ laterality, view } as ImageDescription);
    expect(name("L", "MLO")).toBe("Left MLO");
    expect(name("R", null)).toBe("Right, view not stated");
    expect(name(null, "CC")).toBe("CC, side not stated");
    expect(name(null, null)).toBe("Side and view not stated");
  });

  it("asks no side of a patch", () => {
    expect(viewName({ modality: "histology", laterality: null, view: null } as ImageDescription)).toBe(
      "H&E patch",
    );
  });
});
