/** What a report is made of: plain values, and none that names a person or a file. */

import type { OperatingPoint, Prediction, PublishedModel, Verdict } from "../apiTypes";
import type { DecodedImage } from "../maths/decodeImage";
import { modelOf } from "../maths/models";

/** One image and what each model says of it. */
export interface ReportView {
  image: DecodedImage;
  predictions: readonly Prediction[];
}

/** What one model says of all views: of the image, or of the woman. */
export interface ReportAnswer {
  /** name@version */
  reference: string;
  /** Its card, where the server still has it. */
  model: PublishedModel | undefined;
  verdict: Verdict;
  reason: string | null;
  score: number | null;
  /** The one that was chosen. */
  point: OperatingPoint;
  warnings: readonly string[];
}

export interface ReportContent {
  /** In the order in which they hang; one, or an exam's. */
  views: readonly ReportView[];
  answers: readonly ReportAnswer[];
}

/** The content of one image; null until there is an answer. */
export function contentOf(
  image: DecodedImage | null,
  predictions: readonly Prediction[],
  models: readonly PublishedModel[],
): ReportContent | null {
  if (!image || predictions.length === 0) return null;
  return {
    views: [{ image, predictions }],
    answers: predictions.map((prediction) => ({
      reference: prediction.model,
      model: modelOf(models, prediction.model),
      verdict: prediction.verdict,
      reason: prediction.reason,
      score: prediction.score,
      point: prediction.operating_point,
      warnings: prediction.warnings,
    })),
  };
}

/** Whether the models say different things. */
export function disagree(answers: readonly ReportAnswer[]): boolean {
  return new Set(answers.map(({ verdict }) => verdict)).size > 1;
}
