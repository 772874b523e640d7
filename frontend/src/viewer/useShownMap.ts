import { useMemo } from "react";

import type { Heatmap, ImageDescription } from "../apiTypes";
import { useMessages } from "../i18n/useMessages";
import { type Contour, contours } from "./contour";
import { sizeText } from "./figures";
import { mapGrid, type MapGrid } from "./mapGrid";
import { mapName } from "./mapWords";
import { spanOf } from "./measure";
import { type Region, strongestRegion } from "./region";

/** A map as it lies over the image, with all that is drawn of it. */
export interface ShownMap {
  heatmap: Heatmap;
  grid: MapGrid;
  name: string;
  opacity: number;
  /** In place of the cells; null where those are drawn. */
  contours: readonly Contour[] | null;
  region: Region | null;
  /** `21 × 17 mm`; empty without a region. */
  regionSize: string;
}

export function useShownMap(
  heatmap: Heatmap | null,
  image: ImageDescription,
  model: string,
  opacity: number,
  asLines: boolean,
): ShownMap | null {
  const { viewer } = useMessages();
  const grid = useMemo(() => heatmap && mapGrid(heatmap), [heatmap]);
  const region = useMemo(() => grid && strongestRegion(grid, image), [grid, image]);
  const lines = useMemo(
    () => (heatmap && grid && asLines ? contours(heatmap, grid) : null),
    [heatmap, grid, asLines],
  );
  return useMemo(() => {
    if (!heatmap || !grid) return null;
    return {
      heatmap,
      grid,
      name: mapName(heatmap.method, model, viewer),
      opacity,
      contours: lines,
      region,
      regionSize: region
        ? sizeText(spanOf(region.bounds.width, region.bounds.height, image), viewer)
        : "",
    };
  }, [heatmap, grid, region, lines, image, model, opacity, viewer]);
}
