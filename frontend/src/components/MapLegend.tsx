import { useId } from "react";

import type { Heatmap } from "../apiTypes";
import { contributionColor } from "../maths/heatmap";
import { scaleDigits, signed } from "../maths/words";

interface Props {
  heatmap: Heatmap;
  opacity: number;
}

/** The fixed colour scale, drawn with the very colours of the map. */
export function MapLegend({ heatmap, opacity }: Props) {
  const { scale, unit } = heatmap;
  const gradient = useId();
  const digits = scaleDigits(scale);
  const [low, high] = [signed(-scale, digits), signed(scale, digits)];
  // Exact: each half is one colour whose opacity grows evenly. Zero stands twice, once in each
  // colour, or the two would mix around it.
  const stops = [
    { offset: 0, value: -scale, side: -scale },
    { offset: 0.5, value: 0, side: -scale },
    { offset: 0.5, value: 0, side: scale },
    { offset: 1, value: scale, side: scale },
  ];

  return (
    <figure className="legend">
      <svg
        role="img"
        aria-label={`Colour scale from ${low} to ${high} ${unit}, blue through transparent to orange`}
      >
        <linearGradient id={gradient}>
          {stops.map(({ offset, value, side }) => {
            const [red, green, blue] = contributionColor(side, scale);
            return (
              <stop
                key={`${offset} ${side}`}
                offset={offset}
                stopColor={`rgb(${red} ${green} ${blue})`}
                stopOpacity={(contributionColor(value, scale)[3] / 255) * opacity}
              />
            );
          })}
        </linearGradient>
        <rect className="legend-ground" width="100%" height="100%" />
        <rect fill={`url(#${gradient})`} width="100%" height="100%" />
      </svg>
      <figcaption className="legend-ends">
        <span>{low} or less</span>
        <span>0 {unit}</span>
        <span>{high} or more</span>
      </figcaption>
    </figure>
  );
}
