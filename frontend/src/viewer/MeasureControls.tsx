import type { ImageDescription } from "../apiTypes";
import { useMessages } from "../i18n/useMessages";
import type { Line } from "./measure";
import { NumberField } from "./NumberField";

interface Props {
  image: ImageDescription;
  line: Line | null;
  length: string;
  onLine: (line: Line | null) => void;
  /** Puts one where it can be seen. */
  onPlace: () => void;
}

const ENDS = [
  ["from", "x", "fromX"],
  ["from", "y", "fromY"],
  ["to", "x", "toX"],
  ["to", "y", "toY"],
] as const;

/** The measured line in figures: what a drag can do, the fields can. */
export function MeasureControls({ image, line, length, onLine, onPlace }: Props) {
  const { viewer } = useMessages();
  return (
    <div className="measure-controls" role="group" aria-label={viewer.measure}>
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
            <button
              type="button"
              onClick={() => {
                onLine(null);
              }}
            >
              {viewer.removeLine}
            </button>
          </>
        ) : (
          <button type="button" onClick={onPlace}>
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
