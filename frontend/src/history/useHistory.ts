import { useEffect, useRef } from "react";

import type { PublishedModel } from "../apiTypes";
import type { Film } from "../maths/films";
import type { AnswerSettings } from "../maths/settings";
import { newRows } from "./rows";
import { addRows, isHistoryOn } from "./store";

/** Keeps a row of each answer in this browser, where the reader has asked for it. */
export function useHistory(
  films: readonly Film[],
  models: readonly PublishedModel[],
  settings: AnswerSettings,
): void {
  const kept = useRef<ReadonlySet<string>>(new Set());

  useEffect(() => {
    const { keys, rows } = newRows(films, models, settings, kept.current, Date.now());
    if (rows.length === 0) return;
    // Also while it is off: turned on later, it begins with the answers that come then.
    kept.current = new Set([...kept.current, ...keys]);
    if (!isHistoryOn()) return;
    addRows(rows).catch(() => {
      // The page of the history says that nothing can be kept; the reading must not fail of it.
    });
  }, [films, models, settings]);
}
