import { describe, expect, it } from "vitest";

import type { Modality, Models, PublishedModel } from "../apiTypes";
import { type Choice, firstChoice, modelGroups, modelOf, NOTHING, toggled } from "./models";

function model(name: string, modality: Modality, version = "1"): PublishedModel {
  return { name, version, modality } as PublishedModel;
}

const CNN = model("cnn", "mammogram");
const OLD = model("cnn", "mammogram", "2");
const KNN = model("knn", "mammogram");
const SVM = model("svm", "histology");
const ALL = [SVM, CNN, OLD, KNN];
const [MAMMOGRAM, HISTOLOGY] = modelGroups(ALL);
if (!MAMMOGRAM || !HISTOLOGY) throw new Error("expected two groups");

describe("groups", () => {
  it("stand in one order and leave out what no model reads", () => {
    expect([MAMMOGRAM.models, HISTOLOGY.models]).toEqual([[CNN, OLD, KNN], [SVM]]);
    expect(modelGroups([SVM]).map(({ modality }) => modality)).toEqual(["histology"]);
    expect(modelGroups([])).toEqual([]);
  });
});

describe("a choice", () => {
  const catalog = (name: string | null) => ({ default: name, models: ALL }) as Models;

  it("begins with the server's default, the first version listed", () => {
    expect(firstChoice(catalog("cnn"))).toEqual({ modality: "mammogram", models: ["cnn@1"] });
    expect(firstChoice(catalog("svm"))).toEqual({ modality: "histology", models: ["svm@1"] });
    expect(firstChoice(catalog(null))).toBe(NOTHING);
    expect(firstChoice(null)).toBe(NOTHING);
  });

  it("stays in the order of the list, whatever the order of the clicks", () => {
    const first: Choice = { modality: "mammogram", models: ["knn@1"] };
    const both = toggled(first, MAMMOGRAM, CNN);
    expect(both.models).toEqual(["cnn@1", "knn@1"]);
    expect(toggled(both, MAMMOGRAM, KNN).models).toEqual(["cnn@1"]);
  });

  it("tells two versions of a model apart", () => {
    const second = toggled({ modality: "mammogram", models: ["cnn@1"] }, MAMMOGRAM, OLD);
    expect(second.models).toEqual(["cnn@1", "cnn@2"]);
    expect(modelOf(ALL, "cnn@2")).toBe(OLD);
  });

  it("gives way to a model of another modality, and keeps it when that goes", () => {
    const switched = toggled({ modality: "mammogram", models: ["cnn@1", "knn@1"] }, HISTOLOGY, SVM);
    expect(switched).toEqual({ modality: "histology", models: ["svm@1"] });
    expect(toggled(switched, HISTOLOGY, SVM)).toEqual({ modality: "histology", models: [] });
  });
});
