import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import { FITTED, type LinkedView, mirroredView, type View } from "./view";

export type ChangeView = (change: (old: View) => View) => void;

/** The view of one pane: its own, or the one that it shares. */
export function useView(linked: LinkedView | undefined): [View, ChangeView] {
  const [own, setOwn] = useState<View>(FITTED);
  const shared = linked?.state ?? own;
  const mirrored = linked?.mirrored ?? false;
  const view = useMemo(() => (mirrored ? mirroredView(shared) : shared), [mirrored, shared]);
  const onChange = linked?.onChange ?? setOwn;
  // Two turns of the wheel may come before the first is drawn: each starts from the last.
  const latest = useRef(view);
  useEffect(() => {
    latest.current = view;
  }, [view]);

  const change = useCallback<ChangeView>(
    (step) => {
      latest.current = step(latest.current);
      onChange(mirrored ? mirroredView(latest.current) : latest.current);
    },
    [mirrored, onChange],
  );
  return [view, change];
}
