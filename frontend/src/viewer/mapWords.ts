/** What a map is said to show, by its method. */

import type { Heatmap, Modality } from "../apiTypes";
import { logit } from "./heatmap";
import { decimal } from "../maths/words";

type Method = Heatmap["method"];

/** The button that asks for it. */
export function mapButton(method: Method): string {
  return `Show ${subject(method)}`;
}

/** The map itself, for who cannot see it. */
export function mapName(method: Method, model: string): string {
  return method === "membership"
    ? `Map of ${subject(method)} for ${model}`
    : `Map of ${subject(method)} of ${model}`;
}

/** What it shows, and what it must not be taken for. */
export function mapClaim(method: Method, modality: Modality): string {
  if (method === "membership") return "Shows what was segmented, not what moved the score.";
  const outlined = modality === "histology" ? "a tumour" : "a lesion";
  return `Shows what moved this model’s score; it is not an outline of ${outlined}.`;
}

/** How its colours are read. */
export function mapDetail(heatmap: Heatmap, positive = "cancer"): string {
  switch (heatmap.method) {
    case "evidence":
      return (
        `Blue speaks against “${positive}”, orange for it, on the same scale for every image. ` +
        `The mean of the cells and the bias ${decimal(heatmap.bias)} give the ` +
        `${heatmap.unit} ${decimal(logit(heatmap))}.`
      );
    case "occlusion":
      return (
        "Covering a cell changes the logit by so much: where it falls, the cell is orange and " +
        `speaks for “${positive}”; where it rises, it is blue and speaks against it. The scale ` +
        "is the same for every image; the cells do not add up to the score."
      );
    case "membership":
      return (
        "The stronger the green, the more a cell belongs to the densest cluster of the " +
        "segmentation: not at all at 0, wholly at 1."
      );
  }
}

function subject(method: Method): string {
  return method === "membership" ? "what was segmented" : "what moved the score";
}
