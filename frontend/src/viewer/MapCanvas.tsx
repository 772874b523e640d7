import { useLayoutEffect, useMemo, useRef } from "react";

import type { Heatmap } from "../apiTypes";
import { devicePixels, onDevice, sized, styleOf } from "./canvas";
import { mapImage } from "./heatmap";
import type { Plane, Size } from "./plane";
import type { Placement } from "./viewport";

interface Props {
  heatmap: Heatmap;
  plane: Plane;
  room: Size;
  placement: Placement;
  opacity: number;
  label: string;
}

/** The cells of a map over the image, in their colours. */
export function MapCanvas({ heatmap, plane, room, placement, opacity, label }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const map = useMemo(() => {
    const { rgba, columns, rows, rectangle } = mapImage(heatmap);
    const bitmap = document.createElement("canvas");
    const context = sized(bitmap, { width: columns, height: rows });
    context.putImageData(new ImageData(rgba, columns, rows), 0, 0);
    return { bitmap, rectangle };
  }, [heatmap]);

  useLayoutEffect(() => {
    if (!canvas.current) return;
    const device = devicePixels(room);
    const context = sized(canvas.current, device);
    const { left, top, pixelWidth, pixelHeight } = onDevice(placement);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, device.width, device.height);
    context.save();
    // From pixels of the image to the screen's; what was padding is cut off.
    context.setTransform(pixelWidth, 0, 0, pixelHeight, left, top);
    context.beginPath();
    context.rect(0, 0, plane.columns, plane.rows);
    context.clip();
    // Plain cells: smooth shading would promise a finer map than the model has.
    context.imageSmoothingEnabled = false;
    const { x, y, width, height } = map.rectangle;
    context.drawImage(map.bitmap, x, y, width, height);
    context.restore();
  }, [map, plane, room, placement]);

  const style = { ...styleOf(devicePixels(room)), opacity };
  return <canvas ref={canvas} role="img" aria-label={label} className="map" style={style} />;
}
