import { useEffect, useRef } from "react";

import type { Heatmap } from "../apiTypes";
import type { DecodedImage } from "../maths/decodeImage";
import { drawPicture } from "./drawPicture";

interface Props {
  image: DecodedImage;
  heatmap: Heatmap | null;
  label: string;
  caption: string;
}

/** One picture of the report. */
export function ReportPicture({ image, heatmap, label, caption }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);

  useEffect(() => {
    if (canvas.current) drawPicture(canvas.current, image, heatmap);
  }, [image, heatmap]);

  return (
    <figure className="a4-picture">
      <div>
        <canvas ref={canvas} role="img" aria-label={label} />
      </div>
      <figcaption>{caption}</figcaption>
    </figure>
  );
}
