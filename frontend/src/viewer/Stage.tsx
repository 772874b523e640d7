import { useEffect, useMemo, useRef } from "react";

import type { Heatmap } from "../apiTypes";
import { useRoom } from "../hooks/useRoom";
import type { DecodedImage } from "../maths/decodeImage";
import { mapImage } from "../maths/heatmap";
import { mapName } from "../maths/mapWords";
import { fittedSize, type Plane, reducedPlane, reductionFactor, type Size } from "../maths/plane";
import { type Window, windowedPixels, windowLut } from "../maths/window";
import { pictureName, viewName } from "../maths/words";

interface Props {
  image: DecodedImage;
  window: Window;
  heatmap: Heatmap | null;
  mapModel: string;
  opacity: number;
}

/** The image fitted into its room, with the map over it where one is given. */
export function Stage({ image, window, heatmap, mapModel, opacity }: Props) {
  const room = useRef<HTMLDivElement>(null);
  const size = useRoom(room);
  const fitted = size && fittedSize(image.header, size);
  const { modality } = image.header;
  const view = modality === "mammogram" ? `${viewName(image.header)} ` : "";
  const shades = window.inverted ? ", inverted" : "";

  return (
    <div className="stage" ref={room}>
      {fitted && (
        <div className="sheet" style={fitted}>
          <ImageCanvas
            plane={image.plane}
            size={fitted}
            window={window}
            label={`${view}${pictureName(modality)}${shades}`}
          />
          {heatmap && (
            <MapCanvas
              heatmap={heatmap}
              plane={image.plane}
              size={fitted}
              opacity={opacity}
              label={`${mapName(heatmap.method, mapModel)}, drawn over the image`}
            />
          )}
        </div>
      )}
    </div>
  );
}

interface ImageCanvasProps {
  plane: Plane;
  size: Size;
  window: Window;
  label: string;
}

function ImageCanvas({ plane, size, window, label }: ImageCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height } = devicePixels(size);
  const factor = reductionFactor(plane, width);
  const reduced = useMemo(() => reducedPlane(plane, factor), [plane, factor]);

  useEffect(() => {
    if (!canvas.current) return;
    const rgba = windowedPixels(reduced, windowLut(window));
    const bitmap = bitmapOf(rgba, reduced.columns, reduced.rows);
    const context = resized(canvas.current, width, height);
    context.imageSmoothingQuality = "high";
    // The last blocks may be cut off: the plane ends within them, and so does what is drawn.
    const columns = plane.columns / factor;
    const rows = plane.rows / factor;
    context.drawImage(bitmap, 0, 0, columns, rows, 0, 0, width, height);
  }, [reduced, factor, plane, window, width, height]);

  return <canvas ref={canvas} role="img" aria-label={label} />;
}

interface MapCanvasProps {
  heatmap: Heatmap;
  plane: Plane;
  size: Size;
  opacity: number;
  label: string;
}

function MapCanvas({ heatmap, plane, size, opacity, label }: MapCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height } = devicePixels(size);

  useEffect(() => {
    if (!canvas.current) return;
    const map = mapImage(heatmap);
    const { x, y, width: across, height: down } = map.rectangle;
    const bitmap = bitmapOf(map.rgba, map.columns, map.rows);
    const context = resized(canvas.current, width, height);
    // Plain cells: smooth shading would promise a finer map than the model has.
    context.imageSmoothingEnabled = false;
    // From pixels of the image to pixels of the canvas, whose edges clip what was padding.
    context.scale(width / plane.columns, height / plane.rows);
    context.drawImage(bitmap, x, y, across, down);
  }, [heatmap, plane, width, height]);

  return <canvas ref={canvas} role="img" aria-label={label} className="map" style={{ opacity }} />;
}

function devicePixels(size: Size): Size {
  const ratio = globalThis.devicePixelRatio;
  return {
    width: Math.max(1, Math.round(size.width * ratio)),
    height: Math.max(1, Math.round(size.height * ratio)),
  };
}

function bitmapOf(
  rgba: Uint8ClampedArray<ArrayBuffer>,
  columns: number,
  rows: number,
): HTMLCanvasElement {
  const bitmap = document.createElement("canvas");
  resized(bitmap, columns, rows).putImageData(new ImageData(rgba, columns, rows), 0, 0);
  return bitmap;
}

/** A fresh 2D context: setting the size clears the canvas and its transform. */
function resized(canvas: HTMLCanvasElement, width: number, height: number) {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser draws no 2D canvas");
  return context;
}
