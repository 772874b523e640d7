/** What a map is said to show, by its method. */

import type { Heatmap, ImageDescription, Modality } from "../apiTypes";
import { scaleDigits } from "../maths/words";
import { contourLevels } from "./contour";
import { figure, signedFigure, sizeText, valueDigits, type ViewerMessages } from "./figures";
import { logit } from "./heatmap";
import type { MapGrid } from "./mapGrid";
import { spanOf } from "./measure";
import type { Region } from "./region";

type Method = Heatmap["method"];

/** The button that asks for it. */
export function mapButton(method: Method, { map }: ViewerMessages): string {
  return map.show[subject(method)];
}

/** The map itself, for who cannot see it. */
export function mapName(method: Method, model: string, { map }: ViewerMessages): string {
  return map.name[subject(method)](model);
}

/** What it shows, and what it must not be taken for. */
export function mapClaim(method: Method, modality: Modality, { map }: ViewerMessages): string {
  return method === "membership" ? map.claim.segmented : map.claim[modality];
}

/** How its colours are read. */
export function mapDetail(heatmap: Heatmap, positive: string, words: ViewerMessages): string {
  const { map } = words;
  switch (heatmap.method) {
    case "evidence":
      return (
        `${map.evidence(positive)} ` +
        map.sum(figure(heatmap.bias, 2, words), heatmap.unit, figure(logit(heatmap), 2, words))
      );
    case "occlusion":
      return map.occlusion(positive);
    case "membership":
      return map.membership;
  }
}

/** At which values the lines run. */
export function contourSentence(heatmap: Heatmap, words: ViewerMessages): string {
  const levels = contourLevels(heatmap).filter((level) => level > 0);
  const list = levels.map((level) => figure(level, valueDigits(heatmap.scale), words)).join(", ");
  const { map } = words;
  const at = heatmap.method === "membership" ? map.membershipLevels : map.levels;
  return `${at(list, heatmap.unit)} ${map.between}`;
}

/** How large the strongest region is, how strong, and how coarse the map that says so. */
export function regionSentence(
  region: Region | null,
  heatmap: Heatmap,
  grid: MapGrid,
  image: ImageDescription,
  words: ViewerMessages,
): string {
  const { map } = words;
  if (!region) return map.noRegion;
  const { rectangle, rows, columns } = grid;
  const peak = signedFigure(region.peak, valueDigits(heatmap.scale), words);
  const end = figure(heatmap.scale, scaleDigits(heatmap.scale), words);
  const outlined = sizeText(spanOf(region.bounds.width, region.bounds.height, image), words);
  const cell = sizeText(spanOf(rectangle.width / columns, rectangle.height / rows, image), words);
  return `${map.region(outlined, peak, heatmap.unit, end)} ${map.cell(cell)}`;
}

function subject(method: Method): "moved" | "segmented" {
  return method === "membership" ? "segmented" : "moved";
}
