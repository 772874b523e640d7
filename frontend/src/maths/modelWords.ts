/** What is said of a model: whom it learned from, how well it does, what its score is not. */

import type { Estimate, PublishedModel } from "../apiTypes";
import type { Messages } from "../i18n/messages";
import type { Choice } from "./models";
import type { Unit } from "./operatingPoints";
import { countText, interval } from "./words";

const GUESSING = 0.5;

/** That a choice took the place of models of another modality; empty where it did not. */
export function switchSentence(before: Choice, after: Choice, { models }: Messages): string {
  const count = before.models.length;
  if (before.modality === after.modality || count === 0) return "";
  return models.becauseOneKind(models.unchosen[before.modality](count));
}

/** `AUC by breast 0.74 (0.68 to 0.80)`, by image where no breast was judged, else null. */
export function aucText(model: PublishedModel, messages: Messages): string | null {
  for (const unit of ["breast", "image"] as const) {
    const auc = aucBy(model, unit);
    if (auc) return messages.models.auc(unit, interval(auc, messages));
  }
  return null;
}

/**
 * That a model could not be told from guessing, where the interval of an AUC holds 0.5; else null.
 *
 * The first that does, of breast, woman and image: an answer is given of all three.
 */
export function chanceSentence(
  model: PublishedModel | undefined,
  messages: Messages,
): string | null {
  if (!model) return null;
  for (const unit of ["breast", "woman", "image"] as const) {
    const auc = aucBy(model, unit);
    if (!auc || auc.low > GUESSING) continue;
    const text = interval(auc, messages);
    return model.modality === "histology"
      ? messages.models.chanceOfImages(text)
      : messages.models.chance(unit, text);
  }
  return null;
}

/** `rsna, 501 women`, or `pcam, 1,200 images` where the pictures are not of a breast. */
export function trainedOn({ modality, card }: PublishedModel, messages: Messages): string {
  const { dataset, women, images } = card.trained_on;
  return modality === "histology"
    ? messages.models.images(dataset, countText(images, messages))
    : messages.models.women(dataset, countText(women, messages));
}

/** The total of the model's last answer. */
export function speedText(milliseconds: number | undefined, { models, figures }: Messages): string {
  if (milliseconds === undefined) return models.notTimed;
  return models.lastTime(figures.milliseconds(Math.round(milliseconds).toString()));
}

/** What the score is calibrated for, and what it must not be taken for. */
export function calibrationSentence(
  model: PublishedModel | undefined,
  messages: Messages,
): string {
  const { answer, models } = messages;
  const local = model?.card.calibrated_on;
  const share = (local ?? model?.card.trained_on)?.positive_share;
  const many =
    typeof share === "number" ? answer.inHundred(Math.round(100 * share).toString()) : answer.many;
  const where = local ? answer.ofDataset(local.dataset) : answer.inTraining;
  const label = models.quoted(model?.positive ?? "cancer");
  return answer.calibrated[model?.modality ?? "mammogram"](where, many, label);
}

/** What the model looks for, as a thing that someone has. */
export function findingName(positive: string, { answer, models }: Messages): string {
  return answer.findings[positive] ?? answer.finding(models.quoted(positive));
}

function aucBy(model: PublishedModel, unit: Unit): Estimate | undefined {
  return model.card.figures.find((figure) => figure.unit === unit)?.metrics.auc;
}
