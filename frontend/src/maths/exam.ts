/** An exam: where its views hang, and its answer from theirs. */

import type { ImageDescription, Prediction } from "../apiTypes";

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
  /** The mean of its views' scores; null where none has one. */
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

/**
 * One model's answer on a woman: breast = mean of its views, woman = maximum of her breasts.
 *
 * The same rule as `inference/exam.py`, by which the cards' figures by breast and woman are made.
 * A view without a score counts in no mean.
 */
export function examAnswer(judged: readonly JudgedView[]): ExamAnswer {
  const views = [...judged].sort((a, b) => rank(a.place) - rank(b.place));
  const breasts = SIDES.map((side) => {
    const own = views.filter(({ place }) => place !== null && sideOf(place) === side);
    return { side, views: own, score: mean(own.flatMap(scoreOf)) };
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

function mean(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
