/** From answers on the screen to the rows that are kept of them. */

import type { PublishedModel } from "../apiTypes";
import { type Place, sideOf } from "../maths/exam";
import type { Film } from "../maths/films";
import { modelOf } from "../maths/models";
import { pointOf, verdictAt } from "../maths/operatingPoints";
import type { AnswerSettings } from "../maths/settings";
import type { Row } from "./store";

/**
 * The rows of answers whose keys are not among `kept` yet, at the operating point that is chosen.
 *
 * A film of which the picture is still on its way is left for later: its side and view are not known.
 */
export function newRows(
  films: readonly Film[],
  models: readonly PublishedModel[],
  settings: AnswerSettings,
  kept: ReadonlySet<string>,
  at: number,
): { keys: string[]; rows: Row[] } {
  const fresh = films.flatMap(({ id, image, place, answers }) =>
    image
      ? answers
          .map((prediction) => ({ key: `${id} ${prediction.model}`, image, place, prediction }))
          .filter(({ key }) => !kept.has(key))
      : [],
  );
  return {
    keys: fresh.map(({ key }) => key),
    rows: fresh.map(({ image, place, prediction }) => {
      const { model, score, operating_point: fallback } = prediction;
      const point = pointOf(modelOf(models, model), settings.point, fallback);
      return {
        at,
        model,
        verdict: verdictAt(score, point),
        score,
        point: point.name,
        threshold: point.threshold,
        laterality: place ? sideOf(place) : image.header.laterality,
        view: viewOf(place) ?? image.header.view,
      };
    }),
  };
}

/** null for a place that is a side alone. */
function viewOf(place: Place | null): string | null {
  return place?.split("-")[1] ?? null;
}
