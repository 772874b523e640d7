import { useId } from "react";

import type { ImageDescription, Prediction, Problem, PublishedModel } from "../apiTypes";
import { useMessages } from "../i18n/useMessages";
import { shortcutOf } from "./keys";
import { MapLegend } from "./MapLegend";
import { contourSentence, mapButton, mapClaim, mapDetail, regionSentence } from "./mapWords";
import type { ShownMap } from "./useShownMap";

interface Props {
  image: ImageDescription;
  /** The predictions that a map can be asked of; one where there is no choice. */
  mapped: readonly Prediction[];
  shown: Prediction | null;
  /** Whose prediction is shown. */
  model: PublishedModel | undefined;
  on: boolean;
  /** null until it is there. */
  map: ShownMap | null;
  problem: Problem | null;
  onToggle: () => void;
  opacity: number;
  onOpacity: (opacity: number) => void;
  asLines: boolean;
  onLines: (asLines: boolean) => void;
  onModel: (model: string) => void;
  compact: boolean;
}

/**
 * The map is off until someone asks for it: readers follow a marked region even when it is wrong.
 */
export function MapControls(props: Props) {
  const { mapped, shown, model, on, map, problem, compact } = props;
  const { viewer } = useMessages();
  const words = viewer.map;
  const choice = useId();
  if (!shown) return null;
  const method = map?.heatmap.method ?? model?.explained_by ?? "evidence";
  const making = on && !map && !problem;

  return (
    <div className="map-controls" aria-busy={making}>
      <div className="map-row">
        <button
          type="button"
          aria-pressed={on}
          aria-keyshortcuts={shortcutOf("map")}
          onClick={props.onToggle}
        >
          {mapButton(method, viewer)} <kbd>H</kbd>
        </button>
        {on && (
          <>
            {!compact && <Opacity value={props.opacity} onChange={props.onOpacity} />}
            <button
              type="button"
              aria-pressed={props.asLines}
              aria-keyshortcuts={shortcutOf("contours")}
              onClick={() => {
                props.onLines(!props.asLines);
              }}
            >
              {words.lines} <kbd>C</kbd>
            </button>
          </>
        )}
      </div>
      {map && <MapLegend heatmap={map.heatmap} opacity={props.opacity} />}
      <div role="status">
        {making && <p className="hint">{words.making}</p>}
        {map && (
          <p className="hint">{mapClaim(method, model?.modality ?? "mammogram", viewer)}</p>
        )}
        {problem && <p className="failure">{words.failed(problem.title, problem.detail)}</p>}
      </div>
      {on && mapped.length > 1 && (
        <fieldset className="map-choice">
          <legend>{words.of}</legend>
          {mapped.map((prediction) => (
            <label className="check" key={prediction.model}>
              <input
                type="radio"
                name={choice}
                checked={prediction === shown}
                onChange={() => {
                  props.onModel(prediction.model);
                }}
              />
              <span className="identifier">{prediction.model}</span>
            </label>
          ))}
        </fieldset>
      )}
      {map && (
        <p>{regionSentence(map.region, map.heatmap, map.grid, props.image, viewer)}</p>
      )}
      {map && !compact && <Details heatmap={map.heatmap} contours={map.contours} model={model} />}
    </div>
  );
}

function Details({
  heatmap,
  contours,
  model,
}: Pick<ShownMap, "heatmap" | "contours"> & { model: PublishedModel | undefined }) {
  const { viewer } = useMessages();
  return (
    <>
      {contours && <p className="hint">{contourSentence(heatmap, viewer)}</p>}
      <p className="hint">
        {model?.card.explanation} {mapDetail(heatmap, model?.positive ?? "cancer", viewer)}
      </p>
    </>
  );
}

function Opacity({ value, onChange }: { value: number; onChange: (value: number) => void }) {
  const { viewer } = useMessages();
  const percent = Math.round(value * 100);
  return (
    <label className="slider">
      <span>
        {viewer.map.opacity} <span className="value">{percent} %</span> <kbd>[</kbd> <kbd>]</kbd>
      </span>
      <input
        type="range"
        min={0}
        max={1}
        step={0.05}
        value={value}
        aria-valuetext={viewer.map.percent(percent)}
        onChange={(event) => {
          onChange(event.target.valueAsNumber);
        }}
      />
    </label>
  );
}
