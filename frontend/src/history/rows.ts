/** From answers on the screen to the rows that are kept of them. */

import type { ImageDescription, Prediction } from "../apiTypes";
import type { Row } from "./store";

export interface Remembered {
  /** The same for one image, so that each answer on it is kept once. */
  image: string | number;
  header: Pick<ImageDescription, "laterality" | "view">;
  predictions: readonly Prediction[];
}

/** What tells one answer from another on the same image. */
export function keyOf(image: Remembered["image"], { model }: Prediction): string {
  return `${image} ${model}`;
}

/** The rows of answers that are not among `kept` yet. */
export function newRows(
  answers: readonly Remembered[],
  kept: ReadonlySet<string>,
  at: number,
): { keys: string[]; rows: Row[] } {
  const fresh = answers.flatMap(({ image, header, predictions }) =>
    predictions
      .map((prediction) => ({ key: keyOf(image, prediction), header, prediction }))
      .filter(({ key }) => !kept.has(key)),
  );
  return {
    keys: fresh.map(({ key }) => key),
    rows: fresh.map(({ header, prediction }) => ({
      at,
      model: prediction.model,
      verdict: prediction.verdict,
      score: prediction.score,
      point: prediction.operating_point.name,
      threshold: prediction.operating_point.threshold,
      laterality: header.laterality,
      view: header.view,
    })),
  };
}
