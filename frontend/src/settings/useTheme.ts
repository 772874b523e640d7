import { useSyncExternalStore } from "react";

import { keepTheme, keptTheme, type Theme } from "./theme";

const listeners = new Set<() => void>();

/** The chosen colours, the same in every control for them, and how to choose others. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  return [useSyncExternalStore(subscribe, keptTheme), choose];
}

function subscribe(changed: () => void): () => void {
  listeners.add(changed);
  return () => {
    listeners.delete(changed);
  };
}

function choose(theme: Theme): void {
  keepTheme(theme);
  for (const changed of listeners) changed();
}
