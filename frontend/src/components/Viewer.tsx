import { useCallback, useMemo, useState } from "react";

import type { Modality, Prediction, PublishedModel } from "../apiTypes";
import { type Explain, useMap } from "../hooks/useMap";
import { useShortcuts } from "../hooks/useShortcuts";
import type { DecodedImage } from "../maths/decodeImage";
import { modelOf } from "../maths/models";
import { FULL_WINDOW, type Window } from "../maths/window";
import { viewName } from "../maths/words";
import { ImageNotes } from "./ImageNotes";
import { MapControls } from "./MapControls";
import { Stage } from "./Stage";
import { WindowControls } from "./WindowControls";

interface Props {
  image: DecodedImage | null;
  opening: boolean;
  predictions: readonly Prediction[];
  models: readonly PublishedModel[];
  modality: Modality;
  explain: Explain;
}

const OPACITY_STEP = 0.1;
const OPACITY_DEFAULT = 0.6;

/** The image, its window, and on request the map of what moved a score. */
export function Viewer({ image, opening, predictions, models, modality, explain }: Props) {
  const [window, setWindow] = useState<Window>(FULL_WINDOW);
  const [mapOn, setMapOn] = useState(false);
  const [opacity, setOpacity] = useState(OPACITY_DEFAULT);
  const [mapModel, setMapModel] = useState<string | null>(null);
  const [keysOn, setKeysOn] = useState(true);

  const mapped = predictions.filter((prediction) => prediction.score !== null);
  const shown = mapped.find((prediction) => prediction.model === mapModel) ?? mapped[0] ?? null;
  const map = useMap(explain, mapOn && shown ? shown.model : null);

  const invert = useCallback(() => {
    setWindow((old) => ({ ...old, inverted: !old.inverted }));
  }, []);
  const toggleMap = useCallback(() => {
    setMapOn((on) => !on);
  }, []);
  const hasMap = shown !== null;
  const actions = useMemo(() => {
    const fade = (step: number) => {
      // Rounded, or ten steps of 0.1 would miss 1.
      setOpacity((old) => Math.round(Math.min(1, Math.max(0, old + step)) * 100) / 100);
    };
    const ofImage = { i: invert };
    if (!hasMap) return ofImage;
    return {
      ...ofImage,
      h: toggleMap,
      "[": () => {
        fade(-OPACITY_STEP);
      },
      "]": () => {
        fade(OPACITY_STEP);
      },
    };
  }, [hasMap, invert, toggleMap]);
  useShortcuts(actions, keysOn && image !== null);

  if (!image) {
    return (
      <section className="viewer empty" aria-labelledby="image-title" aria-busy={opening}>
        <h2 id="image-title">Image</h2>
        <p>{opening ? "Reading the image…" : invitation(modality)}</p>
      </section>
    );
  }

  return (
    <section className="viewer" aria-labelledby="image-title">
      <div className="viewer-head">
        <h2 id="image-title">{viewName(image.header)}</h2>
        <p className="hint">
          {image.header.columns} × {image.header.rows} pixels
        </p>
      </div>
      <Stage
        image={image}
        window={window}
        heatmap={map.heatmap}
        mapModel={shown?.model ?? ""}
        opacity={opacity}
      />
      <WindowControls window={window} onChange={setWindow} onInvert={invert} />
      <MapControls
        mapped={mapped}
        shown={shown}
        model={shown ? modelOf(models, shown.model) : undefined}
        on={mapOn}
        heatmap={map.heatmap}
        problem={map.problem}
        onToggle={toggleMap}
        opacity={opacity}
        onOpacity={setOpacity}
        onModel={setMapModel}
      />
      <ImageNotes header={image.header} keysOn={keysOn} onKeys={setKeysOn} />
    </section>
  );
}

function invitation(modality: Modality): string {
  return modality === "mammogram"
    ? "Choose an image file, drop one here, or try an example."
    : "Choose an image file, or drop one here.";
}
