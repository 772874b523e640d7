import { useCallback, useEffect, useState } from "react";

import { fetchExamples, fetchModels, problemOf } from "../api";
import type { Example, Models, Problem } from "../apiTypes";

export interface Catalog {
  models: Models | null;
  examples: Example[];
  problem: Problem | null;
}

interface AskedCatalog extends Catalog {
  /** Asks the server once more. */
  retry: () => void;
}

const EMPTY: Catalog = { models: null, examples: [], problem: null };

/** What the server offers: its published models and its synthetic examples. */
export function useCatalog(): AskedCatalog {
  const [catalog, setCatalog] = useState<Catalog>(EMPTY);
  const [tries, setTries] = useState(1);

  useEffect(() => {
    const controller = new AbortController();
    Promise.all([fetchModels(controller.signal), fetchExamples(controller.signal)])
      .then(([models, examples]) => {
        setCatalog({ models, examples, problem: null });
      })
      .catch((error: unknown) => {
        if (!controller.signal.aborted) setCatalog({ ...EMPTY, problem: problemOf(error) });
      });
    return () => {
      controller.abort();
    };
  }, [tries]);

  const retry = useCallback(() => {
    setTries((before) => before + 1);
  }, []);

  return { ...catalog, retry };
}
