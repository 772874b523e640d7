import { useEffect, useRef } from "react";

import { newRows, type Remembered } from "./rows";
import { addRows, isHistoryOn } from "./store";

/** Keeps a row of each answer in this browser, where the reader has asked for it. */
export function useHistory(answers: readonly Remembered[]): void {
  const kept = useRef<ReadonlySet<string>>(new Set());

  useEffect(() => {
    const { keys, rows } = newRows(answers, kept.current, Date.now());
    if (rows.length === 0) return;
    // Also while it is off: turned on later, it begins with the answers that come then.
    kept.current = new Set([...kept.current, ...keys]);
    if (!isHistoryOn()) return;
    addRows(rows).catch(() => {
      // The page of the history says that nothing can be kept; the reading must not fail of it.
    });
  }, [answers]);
}
