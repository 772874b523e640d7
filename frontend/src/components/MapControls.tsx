import type { Heatmap, Prediction, PublishedModel } from "../apiTypes";
import { logit } from "../maths/heatmap";
import { decimal } from "../maths/words";
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
      <div className="map-row">
        <button type="button" aria-pressed={on} aria-keyshortcuts="h" onClick={onToggle}>
          Show what moved the score <kbd>H</kbd>
        </button>
        {on && <Opacity value={opacity} onChange={onOpacity} />}
      </div>
      {on && <MapLegend heatmap={shown.heatmap} opacity={opacity} />}
      <p className="hint" role="status">
        {on && "Shows what moved this model’s score; it is not an outline of a lesion."}
      </p>
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
      {on && (
        <p className="hint">
          {model?.card.explanation} {scaleSentence(shown.heatmap, model?.positive)}
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

function scaleSentence(heatmap: Heatmap, positive = "cancer"): string {
  const { bias, unit } = heatmap;
  return (
    `Blue speaks against “${positive}”, orange for it, on the same scale for every image. ` +
    `The mean of the cells and the bias ${decimal(bias)} give the ${unit} ${decimal(logit(heatmap))}.`
  );
}
