import { useEffect, useState } from "react";

import { problemOf } from "../api";
import type { Heatmap, Problem } from "../apiTypes";
import type { ReportContent } from "./content";
import type { ReportMap } from "./reportFile";

/** Asks for the map of one model on one view, by the view's id. */
export type ExplainView = (id: number, model: string, signal: AbortSignal) => Promise<Heatmap>;

interface Maps {
  /** Of all models that were chosen so far. */
  maps: readonly ReportMap[];
  making: boolean;
  problem: Problem | null;
}

/** The maps of one model on every view that has a score, one after the other. */
export function useReportMaps(content: ReportContent, model: string, explain: ExplainView): Maps {
  const [maps, setMaps] = useState<readonly ReportMap[]>([]);
  const [problem, setProblem] = useState<Problem | null>(null);
  const missing =
    content.views.find(
      ({ id, predictions }) =>
        predictions.some((one) => one.model === model && one.score !== null) &&
        !maps.some((map) => map.id === id && map.model === model),
    )?.id ?? null;

  useEffect(() => {
    if (missing === null) return undefined;
    const controller = new AbortController();
    const { signal } = controller;
    explain(missing, model, signal)
      .then((heatmap) => {
        if (!signal.aborted) setMaps((old) => [...old, { id: missing, model, heatmap }]);
      })
      .catch((error: unknown) => {
        if (!signal.aborted) setProblem(problemOf(error));
      });
    return () => {
      controller.abort();
      setProblem(null);
    };
  }, [explain, model, missing]);

  return { maps, making: missing !== null && !problem, problem };
}
