import { useLayoutEffect, useMemo, useRef } from "react";

import { devicePixels, onDevice, sized, styleOf } from "./canvas";
import { paint } from "./paint";
import type { Pyramid, Size } from "./plane";
import type { Placement } from "./viewport";
import { type Window, windowLut } from "./window";

interface Props {
  pyramid: Pyramid;
  room: Size;
  placement: Placement;
  window: Window;
  label: string;
}

/** The visible part of the raw plane, painted anew for each view. */
export function ImageCanvas({ pyramid, room, placement, window, label }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const image = useRef<ImageData | null>(null);
  const lut = useMemo(() => windowLut(window), [window]);

  // Before the browser draws the frame, so that the map and the marks never run ahead.
  useLayoutEffect(() => {
    if (!canvas.current) return;
    const device = devicePixels(room);
    const { width, height } = device;
    const context = sized(canvas.current, device);
    if (image.current?.width !== width || image.current.height !== height) {
      image.current = context.createImageData(width, height);
    }
    const pixels = new Uint32Array(image.current.data.buffer);
    paint({ width, height, pixels }, pyramid, onDevice(placement), lut);
    context.putImageData(image.current, 0, 0);
  }, [pyramid, room, placement, lut]);

  return <canvas ref={canvas} role="img" aria-label={label} style={styleOf(devicePixels(room))} />;
}
