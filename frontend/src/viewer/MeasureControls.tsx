import { useRef } from "react";

import type { ImageDescription } from "../apiTypes";
import { useMessages } from "../i18n/useMessages";
import type { Line } from "./measure";
import { NumberField } from "./NumberField";

interface Props {
  image: ImageDescription;
  line: Line | null;
  length: string;
  onLine: (line: Line) => void;
  /** Puts one where it can be seen. */
  onPlace: () => void;
  onRemove: () => void;
}

const ENDS = [
  ["from", "x", "fromX"],
  ["from", "y", "fromY"],
  ["to", "x", "toX"],
  ["to", "y", "toY"],
] as const;

/** The measured line in figures: what a drag can do, the fields can. */
export function MeasureControls({ image, line, length, onLine, onPlace, onRemove }: Props) {
  const { viewer } = useMessages();
  const group = useRef<HTMLDivElement>(null);
  return (
    <div
      className="measure-controls"
      ref={group}
      role="group"
      tabIndex={-1}
      aria-label={viewer.measure}
    >
      <p className="hint">{line ? viewer.measureHint.line : viewer.measureHint.pan}</p>
      <div className="controls">
        {line ? (
          <>
            {ENDS.map(([end, axis, name]) => (
              <NumberField
                key={name}
                label={viewer.end[name]}
                value={line[end][axis]}
                min={0}
                max={axis === "x" ? image.columns : image.rows}
                onChange={(value) => {
                  onLine({ ...line, [end]: { ...line[end], [axis]: value } });
                }}
              />
            ))}
            <button type="button" onClick={onRemove}>
              {viewer.removeLine}
            </button>
          </>
        ) : (
          <button
            type="button"
            onClick={() => {
              onPlace();
              // The button goes; the fields that come in its place are next.
              group.current?.focus();
            }}
          >
            {viewer.placeLine}
          </button>
        )}
      </div>
      <p role="status">
        {line && (
          <>
            {viewer.measured(length)}{" "}
            <span className="hint">{image.spacing_mm ? viewer.byFile : viewer.noSpacing}</span>
          </>
        )}
      </p>
    </div>
  );
}
