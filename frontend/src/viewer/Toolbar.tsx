import { useMessages } from "../i18n/useMessages";
import { shortcutOf, type ViewerAction } from "./keys";
import type { Mode } from "./useGestures";

interface Props {
  act: Record<ViewerAction, () => void>;
  mode: Mode;
  onMode: (mode: Mode) => void;
  compact: boolean;
}

const MODES: readonly Mode[] = ["pan", "window", "measure"];
const MODE_KEYS: Record<Mode, string | undefined> = {
  pan: undefined,
  window: shortcutOf("windowMode"),
  measure: shortcutOf("measureMode"),
};
const ARROWS = [
  ["left", "←"],
  ["up", "↑"],
  ["down", "↓"],
  ["right", "→"],
] as const;

/** What a drag does, and a button for each thing that a drag or the wheel can do. */
export function Toolbar({ act, mode, onMode, compact }: Props) {
  const { viewer } = useMessages();
  const button = (action: ViewerAction, text: string) => (
    <button
      type="button"
      key={action}
      aria-label={viewer.act[action]}
      aria-keyshortcuts={shortcutOf(action)}
      title={viewer.act[action]}
      onClick={act[action]}
    >
      {text}
    </button>
  );

  return (
    <div className="toolbar">
      {!compact && (
        <div className="joined" role="group" aria-label={viewer.tools}>
          {MODES.map((one) => (
            <button
              type="button"
              key={one}
              aria-pressed={mode === one}
              aria-keyshortcuts={MODE_KEYS[one]}
              onClick={() => {
                onMode(one);
              }}
            >
              {viewer.mode[one]}
            </button>
          ))}
        </div>
      )}
      <div className="joined" role="group" aria-label={viewer.move}>
        {ARROWS.map(([action, arrow]) => button(action, arrow))}
      </div>
      <div className="joined" role="group" aria-label={viewer.zoom}>
        {button("zoomOut", "\u2212")}
        {button("zoomIn", "+")}
        {button("fit", viewer.fit)}
        {button("oneToOne", "1:1")}
        {button("reset", viewer.reset)}
      </div>
    </div>
  );
}
