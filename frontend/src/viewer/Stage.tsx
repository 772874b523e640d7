import { type ReactNode, type RefObject, useState } from "react";

import { useMessages } from "../i18n/useMessages";
import type { DecodedImage } from "../maths/decodeImage";
import { ImageCanvas } from "./ImageCanvas";
import { MapCanvas } from "./MapCanvas";
import { Marks } from "./Marks";
import type { Line } from "./measure";
import type { Pyramid, Size } from "./plane";
import { Readout } from "./Readout";
import type { ShownMap } from "./useShownMap";
import { type Mode, useGestures } from "./useGestures";
import type { ChangeView } from "./useView";
import { isFitted, type Point, type View } from "./view";
import { canvasName, orientationMark, viewTitle } from "./viewWords";
import { middleOf, type Placement, toImage } from "./viewport";

interface Props {
  stage: RefObject<HTMLDivElement | null>;
  /** null before it is laid out. */
  room: Size | null;
  image: DecodedImage;
  pyramid: Pyramid;
  view: View;
  placement: Placement | null;
  change: ChangeView;
  mode: Mode;
  measured: { line: Line; length: string } | null;
  onLine: (line: Line | null) => void;
  map: ShownMap | null;
  title: string | undefined;
  compact: boolean;
  /** What stands between the stage and what it says of itself. */
  children?: ReactNode;
}

/** The image in its room, under the hand and the keys. */
export function Stage(props: Props) {
  const { stage, room, image, pyramid, view, placement, change, mode, measured, map } = props;
  const { viewer } = useMessages();
  const [pointer, setPointer] = useState<Point | null>(null);
  const gestures = useGestures(stage, {
    image: image.header,
    room,
    view,
    change,
    mode,
    line: measured?.line ?? null,
    onLine: props.onLine,
    onPointer: setPointer,
  });
  const mark = orientationMark(image.header);
  const at = placement && room && toImage(placement, pointer ?? middleOf(room));

  return (
    <>
      {/* Only an application gets single keys from a screen reader. */}
      <div
        className="stage"
        ref={stage}
        role="application"
        tabIndex={0}
        aria-roledescription={viewer.stageKind}
        aria-label={viewer.stage(props.title ?? viewTitle(image.header, viewer))}
        data-mode={mode}
        // With the whole image in sight a finger may scroll the page.
        data-still={mode === "pan" && isFitted(view)}
        {...gestures}
      >
        {room && placement && (
          <div className="sheet">
            <ImageCanvas
              pyramid={pyramid}
              room={room}
              placement={placement}
              window={view.window}
              label={canvasName(image.header, view.window, viewer)}
            />
            {map && !map.contours && (
              <MapCanvas
                heatmap={map.heatmap}
                plane={image.plane}
                room={room}
                placement={placement}
                opacity={map.opacity}
                label={viewer.map.asCells(map.name)}
              />
            )}
            <Marks
              plane={image.plane}
              room={room}
              placement={placement}
              contours={map?.contours ?? null}
              segmented={map?.heatmap.method === "membership"}
              contoursLabel={viewer.map.asLines(map?.name ?? "")}
              opacity={map?.opacity ?? 1}
              region={map?.region ? { region: map.region, size: map.regionSize } : null}
              measured={measured}
            />
            <span className="aim" aria-hidden="true" />
            {mark !== "" && (
              <span className="orientation" data-side={image.header.laterality} aria-hidden="true">
                {mark}
              </span>
            )}
          </div>
        )}
      </div>
      {props.children}
      {placement && at && (
        <Readout
          plane={image.plane}
          map={map}
          placement={placement}
          window={view.window}
          at={at}
          pointed={pointer !== null}
          compact={props.compact}
        />
      )}
    </>
  );
}
