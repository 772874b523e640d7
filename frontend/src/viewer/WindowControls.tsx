import { FULL_WINDOW, type Window } from "../maths/window";

interface Props {
  window: Window;
  onChange: (window: Window) => void;
  onInvert: () => void;
}

const PERCENT = 100;

/** Brightness and contrast in the words of a reading room. */
export function WindowControls({ window, onChange, onInvert }: Props) {
  return (
    <div className="controls" role="group" aria-label="Window">
      <Percent
        label="Window center"
        value={window.center}
        onChange={(center) => {
          onChange({ ...window, center });
        }}
      />
      <Percent
        label="Window width"
        value={window.width}
        onChange={(width) => {
          onChange({ ...window, width });
        }}
      />
      <button
        type="button"
        aria-pressed={window.inverted}
        aria-keyshortcuts="i"
        onClick={onInvert}
      >
        Invert
      </button>
      <button
        type="button"
        onClick={() => {
          onChange(FULL_WINDOW);
        }}
      >
        Full range
      </button>
    </div>
  );
}

interface PercentProps {
  label: string;
  value: number;
  onChange: (value: number) => void;
}

function Percent({ label, value, onChange }: PercentProps) {
  const percent = Math.round(value * PERCENT);
  return (
    <label className="slider">
      <span>
        {label} <span className="value">{percent} %</span>
      </span>
      <input
        type="range"
        min={1}
        max={100}
        value={percent}
        aria-valuetext={`${percent} percent of the range`}
        onChange={(event) => {
          onChange(event.target.valueAsNumber / PERCENT);
        }}
      />
    </label>
  );
}
