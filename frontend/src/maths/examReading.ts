/** The films of an exam and what each chosen model makes of all of them together. */

import type { Prediction, PublishedModel } from "../apiTypes";
import { examAnswer, type ExamAnswer, HANGING, type JudgedView, type Place } from "./exam";
import { answersOf, type Film } from "./films";
import { modelOf } from "./models";

export interface ExamReading {
  model: string;
  views: readonly JudgedView[];
  answer: ExamAnswer;
  /** One of its predictions, for what is the model's and not the image's. */
  example: Prediction;
  /** Of the four usual views, those that no image hangs as. */
  missing: readonly Place[];
  /** Files that could not be read. */
  failed: number;
  /** Images that it could not assess. */
  uncounted: number;
  /** Images that it has not answered on. */
  pending: number;
  /** Each once, with the images that it is of. */
  warnings: readonly { warning: string; ids: readonly number[] }[];
}

/** A reading for each chosen model that has answered on an image at least. */
export function examReadings(
  films: readonly Film[],
  chosen: readonly string[],
  models: readonly PublishedModel[],
): ExamReading[] {
  return chosen.flatMap((model) => {
    const views = films.flatMap((film) =>
      answersOf(film, [model]).map((prediction) => ({ id: film.id, place: film.place, prediction })),
    );
    const [first] = views;
    if (!first) return [];
    const failed = films.filter(({ stage }) => stage === "failed").length;
    return [
      {
        model,
        views,
        answer: examAnswer(views, modelOf(models, model)?.breast_calibrator),
        example: first.prediction,
        missing: HANGING.filter((place) => !films.some((film) => film.place === place)),
        failed,
        uncounted: views.filter(({ prediction }) => prediction.score === null).length,
        pending: films.length - failed - views.length,
        warnings: warningsOf(views),
      },
    ];
  });
}

function warningsOf(views: readonly JudgedView[]): ExamReading["warnings"] {
  const found = new Map<string, number[]>();
  for (const { id, prediction } of views) {
    for (const warning of prediction.warnings) {
      found.set(warning, [...(found.get(warning) ?? []), id]);
    }
  }
  return [...found].map(([warning, ids]) => ({ warning, ids }));
}
