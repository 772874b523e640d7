/** The published models, grouped by what they read, and which of them are chosen. */

import type { Modality, Models, PublishedModel } from "../apiTypes";

/** Models of one modality: a picture is read as one thing. */
export interface Choice {
  modality: Modality;
  /** `name@version`, in the order of the list. */
  models: readonly string[];
}

export interface ModelGroup {
  modality: Modality;
  models: readonly PublishedModel[];
}

export const NOTHING: Choice = { modality: "mammogram", models: [] };

const MODALITIES: readonly Modality[] = ["mammogram", "histology"];

/** `name@version`: a name alone stands for one of several versions. */
export function reference(model: PublishedModel): string {
  return `${model.name}@${model.version}`;
}

export function modelOf(
  models: readonly PublishedModel[],
  wanted: string,
): PublishedModel | undefined {
  return models.find((model) => reference(model) === wanted);
}

/** Only the modalities that some model reads. */
export function modelGroups(models: readonly PublishedModel[]): ModelGroup[] {
  return MODALITIES.map((modality) => ({
    modality,
    models: models.filter((model) => model.modality === modality),
  })).filter((group) => group.models.length > 0);
}

/** The server's default. */
export function firstChoice(catalog: Models | null): Choice {
  const model = catalog?.models.find(({ name }) => name === catalog.default);
  return model ? { modality: model.modality, models: [reference(model)] } : NOTHING;
}

/** One model more or less; one of another modality takes the place of all that were chosen. */
export function toggled(choice: Choice, group: ModelGroup, model: PublishedModel): Choice {
  const before = choice.modality === group.modality ? choice.models : [];
  const it = reference(model);
  return {
    modality: group.modality,
    models: group.models
      .map(reference)
      .filter((other) => (other === it) !== before.includes(other)),
  };
}
