import { useCallback, useEffect, useState } from "react";

import { problemOf } from "../api";
import type { Problem } from "../apiTypes";

export interface Answer<T> {
  value: T | null;
  problem: Problem | null;
  retry: () => void;
}

/** What the server says; `ask` must be the same function for the same question. */
export function useAnswer<T>(ask: (signal: AbortSignal) => Promise<T>): Answer<T> {
  const [state, setState] = useState<{ ask: unknown; value: T | null; problem: Problem | null }>({
    ask: null,
    value: null,
    problem: null,
  });
  const [tries, setTries] = useState(0);

  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    ask(signal)
      .then((value) => {
        if (!signal.aborted) setState({ ask, value, problem: null });
      })
      .catch((error: unknown) => {
        if (!signal.aborted) setState({ ask, value: null, problem: problemOf(error) });
      });
    return () => {
      controller.abort();
    };
  }, [ask, tries]);

  const retry = useCallback(() => {
    setTries((count) => count + 1);
  }, []);
  // What was said of another question is none of this one's answer.
  const current = state.ask === ask;
  return { value: current ? state.value : null, problem: current ? state.problem : null, retry };
}
