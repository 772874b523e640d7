import type { Prediction, PublishedModel } from "../apiTypes";
import { MapLegend } from "./MapLegend";

interface Props {
  /** The predictions that carry a map. */
  mapped: readonly Prediction[];
  shown: Prediction | null;
  models: readonly PublishedModel[];
  on: boolean;
  onToggle: () => void;
  opacity: number;
  onOpacity: (opacity: number) => void;
  onModel: (model: string) => void;
}

/**
 * The map is off until someone asks for it: readers follow a marked region even when it is wrong.
 */
export function MapControls(props: Props) {
  const { mapped, shown, models, on, onToggle, opacity, onOpacity, onModel } = props;
  if (!shown?.heatmap) return null;
  const model = models.find(({ name, version }) => `${name}@${version}` === shown.model);

  return (
    <div className="map-controls">
      <button type="button" aria-pressed={on} aria-keyshortcuts="h" onClick={onToggle}>
        Show what moved the score <kbd>H</kbd>
      </button>
      <div className="map-panel" role="status">
        {on && (
          <p className="hint">
            Shows what moved this model’s score; it is not an outline of a lesion.{" "}
            {model?.card.explanation}
          </p>
        )}
      </div>
      {on && (
        <div className="map-panel">
          {mapped.length > 1 && (
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
          <label className="slider">
            <span>
              Opacity <span className="value">{Math.round(opacity * 100)} %</span> <kbd>[</kbd> <kbd>]</kbd>
            </span>
            <input
              type="range"
              min={0}
              max={1}
              step={0.05}
              value={opacity}
              aria-valuetext={`${Math.round(opacity * 100)} percent`}
              onChange={(event) => {
                onOpacity(event.target.valueAsNumber);
              }}
            />
          </label>
          <MapLegend heatmap={shown.heatmap} opacity={opacity} positive={model?.positive ?? "cancer"} />
        </div>
      )}
    </div>
  );
}
