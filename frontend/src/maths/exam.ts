/** An exam: where its views hang, and its answer from theirs. */

import type { BreastCalibrator, ImageDescription, Prediction } from "../apiTypes";

export type Side = "R" | "L";

/** Where a view hangs; a side alone is that of a view which is neither CC nor MLO. */
export type Place = "R-CC" | "L-CC" | "R-MLO" | "L-MLO" | "R" | "L";

/** Row by row as in a reading room: the right breast on the left, as if the woman stood before one. */
export const HANGING: readonly Place[] = ["R-CC", "L-CC", "R-MLO", "L-MLO"];
export const PLACES: readonly Place[] = [...HANGING, "R", "L"];
const SIDES: readonly Side[] = ["R", "L"];

/** The place that a header gives; null where it does not name the side. */
export function placeOf({ laterality, view }: ImageDescription): Place | null {
  if (laterality === null) return null;
  return HANGING.find((place) => place === `${laterality}-${view ?? ""}`) ?? laterality;
}

export function sideOf(place: Place): Side {
  return place.startsWith("R") ? "R" : "L";
}

/** One image of an exam and what one model says of it. */
export interface JudgedView {
  id: number;
  place: Place | null;
  prediction: Prediction;
}

export interface Breast {
  side: Side;
  /** Its only view's score, or made of several views' mean; null where none has one. */
  score: number | null;
  views: readonly JudgedView[];
}

export interface ExamAnswer {
  /** The maximum of her breasts' scores; null where none has one. */
  score: number | null;
  /** Those that have a view, in the order in which they hang. */
  breasts: readonly Breast[];
  /** Of no known side, so that they count in no breast. */
  unplaced: readonly JudgedView[];
}

/** As `inference/exam.py` cuts: a score of 0 or 1 has no log-odds. */
const LEAST_RISK = 1e-7;

/**
 * One model's answer on a woman: a breast by the mean of its views, the woman by the maximum of her
 * breasts.
 *
 * The same rule as `inference/exam.py`, by which the cards' figures by breast and woman are made.
 * A view without a score counts in no mean.
 *
 * @param calibrator log-odds of the mean of two views or more → the breast's score; null = that mean
 */
export function examAnswer(
  judged: readonly JudgedView[],
  calibrator: BreastCalibrator | null = null,
): ExamAnswer {
  const views = [...judged].sort((a, b) => rank(a.place) - rank(b.place));
  const breasts = SIDES.map((side) => {
    const own = views.filter(({ place }) => place !== null && sideOf(place) === side);
    return { side, views: own, score: breastScore(own.flatMap(scoreOf), calibrator) };
  }).filter((breast) => breast.views.length > 0);
  const scores = breasts.flatMap(({ score }) => (score === null ? [] : [score]));
  return {
    score: scores.length > 0 ? Math.max(...scores) : null,
    breasts,
    unplaced: views.filter(({ place }) => place === null),
  };
}

/** Milliseconds a step, summed over the views. */
export function summedSteps(judged: readonly JudgedView[]): Record<string, number> {
  const steps: Record<string, number> = {};
  for (const { prediction } of judged) {
    for (const [step, milliseconds] of Object.entries(prediction.milliseconds)) {
      steps[step] = (steps[step] ?? 0) + milliseconds;
    }
  }
  return steps;
}

function rank(place: Place | null): number {
  return place === null ? PLACES.length : PLACES.indexOf(place);
}

function scoreOf({ prediction }: JudgedView): number[] {
  return prediction.score === null ? [] : [prediction.score];
}

function breastScore(views: readonly number[], calibrator: BreastCalibrator | null): number | null {
  if (views.length === 0) return null;
  const mean = views.reduce((sum, score) => sum + score, 0) / views.length;
  if (views.length === 1 || !calibrator) return mean;
  const risk = Math.min(Math.max(mean, LEAST_RISK), 1 - LEAST_RISK);
  const logOdds = Math.log(risk) - Math.log1p(-risk);
  return 1 / (1 + Math.exp(-(calibrator.slope * logOdds + calibrator.intercept)));
}
