/** What a report is made of: plain values, and none that names a person or a file. */

import type { OperatingPoint, Prediction, PublishedModel, Verdict } from "../apiTypes";
import type { DecodedImage } from "../maths/decodeImage";
import type { Place } from "../maths/exam";
import { type ExamReading, examReadings } from "../maths/examReading";
import { answersOf, type Film, isSettled } from "../maths/films";
import { type Choice, modelOf } from "../maths/models";
import { figuresAt, type PointFigures, pointOf, verdictAt } from "../maths/operatingPoints";
import type { AnswerSettings } from "../maths/settings";

/** One image and what each chosen model says of it. */
export interface ReportView {
  id: number;
  image: DecodedImage;
  place: Place | null;
  predictions: readonly Prediction[];
}

/** What one model says of all views: of the image, or of the woman. */
export interface ReportAnswer {
  /** name@version */
  reference: string;
  /** Its card, where the server still has it. */
  model: PublishedModel | undefined;
  verdict: Verdict;
  /** In English, as the server gives it; null for an exam of which no view could be assessed. */
  reason: string | null;
  score: number | null;
  /** The one that was chosen, and its test figures. */
  point: OperatingPoint;
  figures: PointFigures;
  warnings: readonly string[];
  /** Where it is the answer on a woman. */
  exam: ExamReading | null;
}

export interface ReportContent {
  /** In the order in which they were given; one, or an exam's. */
  views: readonly ReportView[];
  answers: readonly ReportAnswer[];
}

/** What is on the screen: `film` is the one image that is looked at, null for all together. */
export interface Shown {
  films: readonly Film[];
  film: Film | null;
  chosen: Choice;
  models: readonly PublishedModel[];
  settings: AnswerSettings;
}

/** The content of what is on the screen; null until there is an answer, and while one is awaited. */
export function contentOf({ films, film, chosen, models, settings }: Shown): ReportContent | null {
  const shown = film ? [film] : films;
  const views = shown.flatMap(({ id, image, place, ...rest }) =>
    image
      ? [{ id, image, place, predictions: answersOf({ id, image, place, ...rest }, chosen.models) }]
      : [],
  );
  const [only] = views;
  // A patch is of no woman: several have no answer in common.
  if (!only || !shown.every(isSettled) || (!film && chosen.modality === "histology")) return null;

  const answerOf = (
    reference: string,
    score: number | null,
    example: Prediction,
    exam: ExamReading | null,
  ): ReportAnswer => {
    const model = modelOf(models, reference);
    const point = pointOf(model, settings.point, example.operating_point);
    return {
      reference,
      model,
      verdict: verdictAt(score, point),
      reason: exam ? null : example.reason,
      score,
      point,
      figures: figuresAt(model, point, exam ? "woman" : "image"),
      warnings: exam ? exam.warnings.map(({ warning }) => warning) : example.warnings,
      exam,
    };
  };
  const answers = film
    ? only.predictions.map((one) => answerOf(one.model, one.score, one, null))
    : examReadings(films, chosen.models, models).map((exam) =>
        answerOf(exam.model, exam.answer.score, exam.example, exam),
      );
  return answers.length > 0 ? { views, answers } : null;
}

/** Whether models that were asked the same as this one say something else. */
export function isDisputed(answer: ReportAnswer, answers: readonly ReportAnswer[]): boolean {
  return answers.some(
    ({ model, verdict }) =>
      model?.positive === answer.model?.positive && verdict !== answer.verdict,
  );
}
