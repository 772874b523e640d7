import { useEffect, useState } from "react";

import { useMessages } from "../i18n/useMessages";
import type { Plane } from "./plane";
import type { ShownMap } from "./useShownMap";
import type { Point } from "./view";
import { valueText, windowText, zoomText } from "./viewWords";
import type { Placement } from "./viewport";
import type { Window } from "./window";

interface Props {
  plane: Plane;
  map: ShownMap | null;
  placement: Placement;
  window: Window;
  /** In pixels of the image. */
  at: Point;
  /** Whether that is where the pointer is; else it is the middle of the view. */
  pointed: boolean;
  compact: boolean;
}

/** Long enough that a drag is announced once, when it has ended. */
const SETTLED_MS = 600;

/** The value under the pointer, the zoom and the window. */
export function Readout({ plane, map, placement, window, at, pointed, compact }: Props) {
  const { viewer } = useMessages();
  const state = viewer.state(
    zoomText(placement, devicePixelRatio),
    windowText(window, viewer),
  );
  const settled = useSettled(state);

  return (
    <div className="readout">
      <p>
        <span className="hint">{pointed ? viewer.here : viewer.inTheMiddle}: </span>
        {valueText(at, plane, map, viewer)}
      </p>
      {!compact && <p>{state}</p>}
      {/* Heard once the view has come to rest. */}
      <p className="unseen" role="status">
        {settled}
      </p>
    </div>
  );
}

/** A text once it has stayed the same for a while; empty until it first changes. */
function useSettled(text: string): string {
  const [first] = useState(text);
  const [settled, setSettled] = useState("");
  useEffect(() => {
    if (text === first && settled === "") return undefined;
    const timer = setTimeout(() => {
      setSettled(text);
    }, SETTLED_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [text, first, settled]);
  return settled;
}
