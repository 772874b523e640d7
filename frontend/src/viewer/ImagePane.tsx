import { type KeyboardEvent, useMemo, useRef, useState } from "react";

import { useMessages } from "../i18n/useMessages";
import { modelOf } from "../maths/models";
import { lengthText } from "./figures";
import { ImageNotes } from "./ImageNotes";
import { actionOf, type ViewerAction } from "./keys";
import { MapControls } from "./MapControls";
import { type Line, lengthOf, onImage } from "./measure";
import { MeasureControls } from "./MeasureControls";
import { Pyramid } from "./plane";
import { Stage } from "./Stage";
import { tightWindow } from "./tight";
import { Toolbar } from "./Toolbar";
import type { Mode } from "./useGestures";
import { useMap } from "./useMap";
import { useRoom } from "./useRoom";
import { useShownMap } from "./useShownMap";
import { useView } from "./useView";
import { FITTED } from "./view";
import { viewTitle } from "./viewWords";
import type { ViewerProps } from "./Viewer";
import { middleOf, moved, oneToOne, placementOf, toImage, zoomedAt } from "./viewport";
import { WindowControls } from "./WindowControls";

type Props = Omit<ViewerProps, "image" | "opening" | "modality"> & {
  image: NonNullable<ViewerProps["image"]>;
};

const OPACITY_STEP = 0.1;
const OPACITY_DEFAULT = 0.6;
const ZOOM_STEP = 1.25;
/** Of the room, for one press of an arrow. */
const MOVE_STEP = 0.1;

/** One image with all that can be done to it. */
export function ImagePane(props: Props) {
  const { image, predictions, models, explain, linked, mapModel, title } = props;
  const compact = props.compact ?? false;
  const { header, plane } = image;
  const { viewer } = useMessages();
  const stage = useRef<HTMLDivElement>(null);
  const room = useRoom(stage);
  const [view, change] = useView(linked);
  const [mode, setMode] = useState<Mode>("pan");
  const [line, setLine] = useState<Line | null>(null);
  const [mapOn, setMapOn] = useState(false);
  const [asLines, setAsLines] = useState(false);
  const [opacity, setOpacity] = useState(OPACITY_DEFAULT);
  const [chosen, setChosen] = useState<string | null>(null);

  const pyramid = useMemo(() => new Pyramid(plane), [plane]);
  const placement = useMemo(() => room && placementOf(header, room, view), [header, room, view]);
  const scored = predictions.filter((prediction) => prediction.score !== null);
  const mapped = mapModel === undefined ? scored : scored.filter(({ model }) => model === mapModel);
  const shown = mapped.find((prediction) => prediction.model === chosen) ?? mapped[0] ?? null;
  const asked = useMap(explain, mapOn && shown ? shown.model : null);
  const map = useShownMap(asked.heatmap, header, shown?.model ?? "", opacity, asLines);
  const length = line ? lengthText(lengthOf(line, header), viewer) : "";

  const zoomBy = (factor: number) => {
    if (room) change((old) => zoomedAt(old, factor, middleOf(room), header, room, devicePixelRatio));
  };
  const moveBy = (across: number, down: number) => {
    if (!room) return;
    const by = { x: across * MOVE_STEP * room.width, y: down * MOVE_STEP * room.height };
    change((old) => moved(old, by, header, room));
  };
  const fade = (step: number) => {
    // Rounded, or ten steps of 0.1 would miss 1.
    setOpacity((old) => Math.round(Math.min(1, Math.max(0, old + step)) * 100) / 100);
  };
  const toggleMode = (one: Mode) => {
    setMode((old) => (old === one ? "pan" : one));
  };
  const invert = () => {
    change((old) => ({ ...old, window: { ...old.window, inverted: !old.window.inverted } }));
  };
  const toggleMap = () => {
    if (shown) setMapOn(!mapOn);
  };
  const placeLine = () => {
    if (!room || !placement) return;
    const { x, y } = middleOf(room);
    const reach = room.width / 6;
    setLine({
      from: onImage(toImage(placement, { x: x - reach, y }), header),
      to: onImage(toImage(placement, { x: x + reach, y }), header),
    });
  };

  const act: Record<ViewerAction, () => void> = {
    map: toggleMap,
    lessMap: () => {
      fade(-OPACITY_STEP);
    },
    moreMap: () => {
      fade(OPACITY_STEP);
    },
    contours: () => {
      setAsLines(!asLines);
    },
    windowMode: () => {
      toggleMode("window");
    },
    measureMode: () => {
      toggleMode("measure");
    },
    invert,
    zoomIn: () => {
      zoomBy(ZOOM_STEP);
    },
    zoomOut: () => {
      zoomBy(1 / ZOOM_STEP);
    },
    fit: () => {
      change((old) => ({ ...old, zoom: FITTED.zoom, center: FITTED.center }));
    },
    oneToOne: () => {
      if (room) change((old) => ({ ...old, zoom: oneToOne(header, room, devicePixelRatio) }));
    },
    reset: () => {
      change(() => FITTED);
    },
    // As a page does: the arrow says where one looks, so the image goes the other way.
    left: () => {
      moveBy(1, 0);
    },
    right: () => {
      moveBy(-1, 0);
    },
    up: () => {
      moveBy(0, 1);
    },
    down: () => {
      moveBy(0, -1);
    },
  };

  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const action = actionOf(event.key, event.target !== stage.current);
    if (!action) return;
    event.preventDefault();
    act[action]();
    // What had the focus may have gone with the map, and the next key with it.
    requestAnimationFrame(() => {
      if (document.activeElement === document.body) stage.current?.focus();
    });
  };

  const name = title ?? viewTitle(header, viewer);
  return (
    <section className="viewer" aria-label={name} data-compact={compact} onKeyDown={press}>
      <div className="viewer-head">
        <h2>{name}</h2>
        <p className="hint">{viewer.pixels(header.columns, header.rows)}</p>
      </div>
      <Toolbar act={act} mode={mode} onMode={setMode} compact={compact} />
      <Stage
        stage={stage}
        room={room}
        image={image}
        pyramid={pyramid}
        view={view}
        placement={placement}
        change={change}
        mode={mode}
        measured={line && { line, length }}
        onLine={setLine}
        map={map}
        title={title}
        compact={compact}
      />
      {!compact && (
        <WindowControls
          window={view.window}
          byFile={header.source.steps.some((step) => /^(window|VOI LUT)\b/.test(step))}
          onChange={(window) => {
            change((old) => ({ ...old, window }));
          }}
          onInvert={invert}
          onTight={() => {
            change((old) => ({ ...old, window: tightWindow(plane, old.window.inverted) }));
          }}
        />
      )}
      {(mode === "measure" || line) && (
        <MeasureControls
          image={header}
          line={line}
          length={length}
          onLine={setLine}
          onPlace={placeLine}
          onRemove={() => {
            setLine(null);
            stage.current?.focus();
          }}
        />
      )}
      <MapControls
        image={header}
        mapped={mapped}
        shown={shown}
        model={shown ? modelOf(models, shown.model) : undefined}
        on={mapOn}
        map={map}
        problem={asked.problem}
        onToggle={toggleMap}
        opacity={opacity}
        onOpacity={setOpacity}
        asLines={asLines}
        onLines={setAsLines}
        onModel={setChosen}
        compact={compact}
      />
      {!compact && <ImageNotes header={header} />}
    </section>
  );
}

function isTyping(target: EventTarget): boolean {
  if (target instanceof HTMLInputElement) {
    return !["checkbox", "radio", "range", "button", "file"].includes(target.type);
  }
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
