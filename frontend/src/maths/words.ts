/** Figures and verdicts in words, so that every place says them alike. */

import type {
  Estimate,
  Figure,
  ImageDescription,
  Modality,
  Prediction,
  PublishedModel,
} from "../apiTypes";
import type { Choice } from "./models";

const MINUS = "\u2212";
const SCORE_DIGITS = 3;

export function decimal(value: number, digits = 2): string {
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

export function signed(value: number, digits = 2): string {
  const text = decimal(value, digits);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

/** A score or an operating point: fine enough to see on which side of it a score lies. */
export function scoreText(value: number): string {
  return decimal(value, SCORE_DIGITS);
}

/** How many decimals the end of a colour scale needs; it is 1, 2 or 5 times a power of ten. */
export function scaleDigits(scale: number): number {
  return Math.max(0, -Math.floor(Math.log10(scale)));
}

/** `0.71 (0.60 to 0.80)` */
export function interval(estimate: Estimate): string {
  return `${decimal(estimate.value)} (${decimal(estimate.low)} to ${decimal(estimate.high)})`;
}

/** The verdict first, then why; the paper's own word stands apart from it. */
export function verdictSentence(prediction: Prediction): string {
  switch (prediction.verdict) {
    case "suspicious":
      return "Suspicious: above the operating point";
    case "not suspicious":
      return "Not suspicious by this model";
    case "cannot assess":
      return `Cannot assess: ${prediction.reason ?? "the model gave no reason"}`;
  }
}

/** The paper's word for a verdict, or null where there is no score to have one. */
export function detection(prediction: Prediction): "detected" | "not detected" | null {
  if (prediction.verdict === "cannot assess") return null;
  return prediction.verdict === "suspicious" ? "detected" : "not detected";
}

/** What a picture of this modality is called. */
export function pictureName(modality: Modality): string {
  return modality === "histology" ? "H&E patch" : "mammogram";
}

/** What the models of a modality read. */
export function groupName(modality: Modality): string {
  return modality === "histology" ? "H&E histology patch" : "Mammogram";
}

/** That a choice took the place of models of another modality; empty where it did not. */
export function switchSentence(before: Choice, after: Choice): string {
  const count = before.models.length;
  if (before.modality === after.modality || count === 0) return "";
  const were = count === 1 ? "model was" : "models were";
  return (
    `${count} ${pictureName(before.modality)} ${were} unchosen: ` +
    "one kind of picture is read at a time."
  );
}

/** `AUC by breast 0.74 (0.68 to 0.80)`, by image where no breast was judged, else null. */
export function aucText(model: PublishedModel): string | null {
  const rated = ratedFigure(model);
  return rated && `AUC by ${rated.unit} ${interval(rated.auc)}`;
}

/** That a model cannot be told from guessing, where the interval of its AUC holds 0.5; else null. */
export function chanceSentence(model: PublishedModel | undefined): string | null {
  const rated = model && ratedFigure(model);
  if (!rated || rated.auc.low > 0.5) return null;
  const tested = rated.unit === "image" ? "images" : "women";
  return (
    `On its test ${tested} this model cannot be told from guessing: ` +
    `AUC by ${rated.unit} ${interval(rated.auc)}.`
  );
}

/** `501 women`, or `1,200 images` where the pictures are not of a breast. */
export function trainedOn(model: PublishedModel): string {
  const { women, images } = model.card.trained_on;
  return model.modality === "histology"
    ? `${images.toLocaleString("en")} images`
    : `${women.toLocaleString("en")} women`;
}

function ratedFigure(model: PublishedModel): { unit: Figure["unit"]; auc: Estimate } | null {
  for (const unit of ["breast", "image"] as const) {
    const auc = model.card.figures.find((figure) => figure.unit === unit)?.metrics.auc;
    if (auc) return { unit, auc };
  }
  return null;
}

/** What the score is calibrated for, and what it must not be taken for. */
export function calibrationSentence(model: PublishedModel | undefined): string {
  const local = model?.card.calibrated_on;
  const share = (local ?? model?.card.trained_on)?.positive_share;
  const many = typeof share === "number" ? `about ${Math.round(100 * share)} in 100` : "many";
  const like = `The score is calibrated for images like those ${local ? `of ${local.dataset}` : "in training"}`;
  const label = `labelled “${model?.positive ?? "cancer"}”`;
  return model?.modality === "histology"
    ? `${like}, of which ${many} were ${label}, not for all patches of a slide, where the share ` +
        "is another: it is not a patient’s risk."
    : `${like}, of which ${many} showed a breast ${label}, not for screening, where far fewer ` +
        "do: it is not a woman’s risk.";
}

/** `Left MLO`, or what is known of it. */
export function viewName(image: ImageDescription): string {
  if (image.modality === "histology") return pictureName(image.modality);
  const side = image.laterality === "L" ? "Left" : image.laterality === "R" ? "Right" : null;
  if (!side && !image.view) return "Side and view not stated";
  if (!side) return `${image.view ?? ""}, side not stated`;
  return image.view ? `${side} ${image.view}` : `${side}, view not stated`;
}

/** One line for a screen reader once an answer has come. */
export function announcement(predictions: readonly Prediction[]): string {
  return predictions
    .map((prediction) => {
      const score = prediction.score === null ? "" : ` Score ${scoreText(prediction.score)}.`;
      return `${prediction.model}: ${verdictSentence(prediction)}.${score}`;
    })
    .join(" ");
}
