/** Operating points: which is chosen, what a score is at it, and whom its figures are of. */

import type { Estimate, Figure, OperatingPoint, PublishedModel, Verdict } from "../apiTypes";

export type Unit = Figure["unit"];

/** The model's point of that name, else the one that it comes with. */
export function pointOf(
  model: PublishedModel | undefined,
  name: string | null,
  fallback: OperatingPoint,
): OperatingPoint {
  const points = model?.operating_points ?? [];
  return points.find((point) => point.name === name) ?? points[0] ?? fallback;
}

/** By the server's own rule: a score at the threshold is above it. */
export function verdictAt(score: number | null, { threshold }: OperatingPoint): Verdict {
  if (score === null) return "cannot assess";
  return score >= threshold ? "suspicious" : "not suspicious";
}

export interface PointFigures {
  unit: Unit;
  sensitivity: Estimate;
  specificity: Estimate;
  /** Of the test units, those of the positive class: from 0 to 1; null where the card lacks it. */
  positiveShare: number | null;
}

/**
 * The point's test figures by that unit, or by image where the card has none by it.
 *
 * A card's figures by breast and woman are at one of its points; which one is seen by the figures
 * by image, which each point carries as well.
 */
export function figuresAt(
  model: PublishedModel | undefined,
  point: OperatingPoint,
  unit: Unit,
): PointFigures {
  const figures = model?.card.figures ?? [];
  const byImage = figures.find((figure) => figure.unit === "image");
  const wanted = figures.find((figure) => figure.unit === unit);
  const { sensitivity, specificity } = wanted?.metrics ?? {};
  const { sensitivity: imageSensitivity, specificity: imageSpecificity } = byImage?.metrics ?? {};
  const measured =
    imageSensitivity?.value === point.sensitivity.value &&
    imageSpecificity?.value === point.specificity.value;
  if (wanted && sensitivity && specificity && measured) {
    return { unit, sensitivity, specificity, positiveShare: wanted.n_positive / wanted.n };
  }
  return {
    unit: "image",
    sensitivity: point.sensitivity,
    specificity: point.specificity,
    positiveShare: byImage ? byImage.n_positive / byImage.n : null,
  };
}
