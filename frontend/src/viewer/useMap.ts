import { useEffect, useState } from "react";

import { problemOf } from "../api";
import type { Heatmap, Problem } from "../apiTypes";

export type Explain = (model: string, signal: AbortSignal) => Promise<Heatmap>;

interface Asked {
  heatmap: Heatmap | null;
  problem: Problem | null;
}

const NONE: Asked = { heatmap: null, problem: null };

/**
 * The map of the model that is wanted, asked for once; null where none is wanted.
 *
 * It is given up as soon as another is wanted, or none; a problem is forgotten then, so that
 * wanting the map again asks again.
 */
export function useMap(explain: Explain, wanted: string | null): Asked {
  const [maps, setMaps] = useState<ReadonlyMap<string, Heatmap>>(new Map());
  const [problem, setProblem] = useState<Problem | null>(null);
  const heatmap = wanted === null ? undefined : maps.get(wanted);
  const missing = heatmap ? null : wanted;

  useEffect(() => {
    if (missing === null) return undefined;
    const controller = new AbortController();
    const { signal } = controller;
    explain(missing, signal)
      .then((made) => {
        if (!signal.aborted) setMaps((old) => new Map(old).set(missing, made));
      })
      .catch((error: unknown) => {
        if (!signal.aborted) setProblem(problemOf(error));
      });
    return () => {
      controller.abort();
      setProblem(null);
    };
  }, [explain, missing]);

  return wanted === null ? NONE : { heatmap: heatmap ?? null, problem };
}
