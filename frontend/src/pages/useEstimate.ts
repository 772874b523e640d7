import { useMemo } from "react";

import type { Estimate } from "../apiTypes";
import { useMessages } from "../i18n/useMessages";
import { useNumbers } from "../settings/useNumbers";

type Ends = Pick<Estimate, "value" | "low" | "high">;

/** `0.54 (0.48 to 0.60)` in the reader's language. */
export function useEstimate(): (estimate: Ends) => string {
  const { pages } = useMessages();
  const { decimal } = useNumbers();
  return useMemo(
    () =>
      ({ value, low, high }: Ends) =>
        pages.value(decimal(value), decimal(low), decimal(high)),
    [pages, decimal],
  );
}
