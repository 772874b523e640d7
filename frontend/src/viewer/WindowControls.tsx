import { useMessages } from "../i18n/useMessages";
import { shortcutOf } from "./keys";
import { NumberField } from "./NumberField";
import { bounded, FULL_WINDOW, PLANE_MAXIMUM, type Window } from "./window";

interface Props {
  window: Window;
  /** Whether the plane ends where the file's own window does. */
  byFile: boolean;
  onChange: (window: Window) => void;
  onInvert: () => void;
  onTight: () => void;
}

const PERCENT = 100;

/** Brightness and contrast in the words of a reading room. */
export function WindowControls({ window, byFile, onChange, onInvert, onTight }: Props) {
  const { viewer } = useMessages();
  return (
    <div className="controls" role="group" aria-label={viewer.window}>
      <Part
        label={viewer.windowCenter}
        value={window.center}
        min={0}
        onChange={(center) => {
          onChange(bounded({ ...window, center }));
        }}
      />
      <Part
        label={viewer.windowWidth}
        value={window.width}
        min={1}
        onChange={(width) => {
          onChange(bounded({ ...window, width }));
        }}
      />
      <div className="joined" role="group" aria-label={viewer.presets}>
        <button
          type="button"
          onClick={() => {
            onChange(FULL_WINDOW);
          }}
        >
          {byFile ? viewer.fileWindow : viewer.fullRange}
        </button>
        <button type="button" onClick={onTight}>
          {viewer.tight}
        </button>
      </div>
      <button
        type="button"
        aria-pressed={window.inverted}
        aria-keyshortcuts={shortcutOf("invert")}
        onClick={onInvert}
      >
        {viewer.invert}
      </button>
    </div>
  );
}

interface PartProps {
  label: string;
  value: number;
  /** Gray values, of 65535. */
  min: number;
  onChange: (value: number) => void;
}

/** A part of the range, by hand in hundredths and by number in gray values. */
function Part({ label, value, min, onChange }: PartProps) {
  const { viewer } = useMessages();
  const percent = Math.round(value * PERCENT);
  return (
    <div className="part">
      <label className="slider">
        <span>
          {label} <span className="value">{percent} %</span>
        </span>
        <input
          type="range"
          min={1}
          max={100}
          value={percent}
          aria-valuetext={viewer.percentOfRange(percent)}
          onChange={(event) => {
            onChange(event.target.valueAsNumber / PERCENT);
          }}
        />
      </label>
      <NumberField
        label=""
        name={viewer.grayOf(label)}
        value={value * PLANE_MAXIMUM}
        min={min}
        max={PLANE_MAXIMUM}
        onChange={(gray) => {
          onChange(gray / PLANE_MAXIMUM);
        }}
      />
    </div>
  );
}
