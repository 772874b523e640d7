import { useCallback } from "react";

import type { Estimate } from "../apiTypes";
import { useMessages } from "../i18n/useMessages";
import { interval } from "../maths/words";

/** `0.54 (0.48 to 0.60)` in the reader's language. */
export function useEstimate(): (estimate: Pick<Estimate, "value" | "low" | "high">) => string {
  const messages = useMessages();
  return useCallback((estimate) => interval(estimate, messages), [messages]);
}
