import type { Heatmap, Prediction, Problem, PublishedModel } from "../apiTypes";
import { mapButton, mapClaim, mapDetail } from "../maths/mapWords";
import { MapLegend } from "./MapLegend";

interface Props {
  /** The predictions that a map can be asked of. */
  mapped: readonly Prediction[];
  shown: Prediction | null;
  /** Whose prediction is shown. */
  model: PublishedModel | undefined;
  on: boolean;
  /** null until it is there. */
  heatmap: Heatmap | null;
  problem: Problem | null;
  onToggle: () => void;
  opacity: number;
  onOpacity: (opacity: number) => void;
  onModel: (model: string) => void;
}

/**
 * The map is off until someone asks for it: readers follow a marked region even when it is wrong.
 */
export function MapControls(props: Props) {
  const { mapped, shown, model, on, heatmap, problem, opacity } = props;
  const { onToggle, onOpacity, onModel } = props;
  if (!shown) return null;
  const method = heatmap?.method ?? model?.explained_by ?? "evidence";
  const making = on && !heatmap && !problem;

  return (
    <div className="map-controls" aria-busy={making}>
      <div className="map-row">
        <button type="button" aria-pressed={on} aria-keyshortcuts="h" onClick={onToggle}>
          {mapButton(method)} <kbd>H</kbd>
        </button>
        {on && <Opacity value={opacity} onChange={onOpacity} />}
      </div>
      {heatmap && <MapLegend heatmap={heatmap} opacity={opacity} />}
      <div role="status">
        {making && <p className="hint">Making the map…</p>}
        {heatmap && <p className="hint">{mapClaim(method, model?.modality ?? "mammogram")}</p>}
        {problem && (
          <p className="failure">
            No map: {problem.title}. {problem.detail}
          </p>
        )}
      </div>
      {on && mapped.length > 1 && (
        <fieldset className="map-choice">
          <legend>Map of</legend>
          {mapped.map((prediction) => (
            <label className="check" key={prediction.model}>
              <input
                type="radio"
                name="map-model"
                checked={prediction === shown}
                onChange={() => {
                  onModel(prediction.model);
                }}
              />
              <span className="identifier">{prediction.model}</span>
            </label>
          ))}
        </fieldset>
      )}
      {heatmap && (
        <p className="hint">
          {model?.card.explanation} {mapDetail(heatmap, model?.positive)}
        </p>
      )}
    </div>
  );
}

function Opacity({ value, onChange }: { value: number; onChange: (value: number) => void }) {
  const percent = Math.round(value * 100);
  return (
    <label className="slider">
      <span>
        Opacity <span className="value">{percent} %</span> <kbd>[</kbd> <kbd>]</kbd>
      </span>
      <input
        type="range"
        min={0}
        max={1}
        step={0.05}
        value={value}
        aria-valuetext={`${percent} percent`}
        onChange={(event) => {
          onChange(event.target.valueAsNumber);
        }}
      />
    </label>
  );
}
