import { useId } from "react";

import type { Heatmap } from "../apiTypes";
import { useMessages } from "../i18n/useMessages";
import { legendOf } from "./legend";

interface Props {
  heatmap: Heatmap;
  opacity: number;
}

/** The fixed colour scale, drawn with the very colours of the map. */
export function MapLegend({ heatmap, opacity }: Props) {
  const gradient = useId();
  const { viewer } = useMessages();
  const { label, marks, stops } = legendOf(heatmap, viewer);

  return (
    <figure className="legend">
      <svg role="img" aria-label={label}>
        <linearGradient id={gradient}>
          {stops.map((stop) => (
            <stop
              key={`${stop.offset} ${stop.color}`}
              offset={stop.offset}
              stopColor={stop.color}
              stopOpacity={stop.opacity * opacity}
            />
          ))}
        </linearGradient>
        <rect className="legend-ground" width="100%" height="100%" />
        <rect fill={`url(#${gradient})`} width="100%" height="100%" />
      </svg>
      <figcaption className="legend-ends">
        {marks.map((mark) => (
          <span key={mark}>{mark}</span>
        ))}
      </figcaption>
    </figure>
  );
}
