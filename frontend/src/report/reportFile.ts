/** A report as a JSON file for a program: what the page shows, and every figure behind it. */

import type { Heatmap } from "../apiTypes";
import type { ReportContent } from "./content";

/** A map that was made for the report, of one view. */
export interface ReportMap {
  view: number;
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
    answers: answers.map(({ reference, model, point, ...answer }) => ({
      model: reference,
      title: model?.card.title ?? null,
      license: model?.card.license ?? null,
      trained_on: model?.card.trained_on ?? null,
      digests: model?.digests ?? null,
      ...answer,
      operating_point: point,
    })),
    views: views.map(({ image, predictions }, index) => ({
      image: image.header,
      predictions: predictions.map((prediction) => ({
        ...prediction,
        heatmap:
          maps.find(({ view, model }) => view === index && model === prediction.model)?.heatmap ??
          prediction.heatmap,
      })),
    })),
  };
  return `${JSON.stringify(values, null, 2)}\n`;
}
