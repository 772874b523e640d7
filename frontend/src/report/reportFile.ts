/** A report as a JSON file for a program: what the page shows, and every figure behind it. */

import type { Heatmap } from "../apiTypes";
import type { ReportContent } from "./content";

/** A map that was made for the report. */
export interface ReportMap {
  /** Of the view. */
  id: number;
  model: string;
  heatmap: Heatmap;
}

/**
 * The text of the file. Nothing in it names a person or a file: the server tells none of either.
 */
export function reportFile(
  { views, answers }: ReportContent,
  maps: readonly ReportMap[],
  made: Date,
  notice: string,
): string {
  const values = {
    kind: "mammoscope report",
    schema: 1,
    notice,
    made: made.toISOString(),
    answers: answers.map(({ reference, model, point, figures, verdict, reason, score, warnings, exam }) => ({
      model: reference,
      of: exam ? "woman" : "image",
      title: model?.card.title ?? null,
      license: model?.card.license ?? null,
      trained_on: model?.card.trained_on ?? null,
      digests: model?.digests ?? null,
      verdict,
      reason,
      score,
      operating_point: { name: point.name, threshold: point.threshold, ...figures },
      breasts: exam?.answer.breasts.map((breast) => ({ side: breast.side, score: breast.score })) ?? null,
      warnings,
    })),
    views: views.map(({ id, image, place, predictions }) => ({
      image: image.header,
      place,
      predictions: predictions.map((prediction) => ({
        ...prediction,
        heatmap:
          maps.find((map) => map.id === id && map.model === prediction.model)?.heatmap ??
          prediction.heatmap,
      })),
    })),
  };
  return `${JSON.stringify(values, null, 2)}\n`;
}
