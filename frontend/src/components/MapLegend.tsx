import type { Heatmap } from "../apiTypes";
import { contributionColor, logit } from "../maths/heatmap";
import { decimal, signed } from "../maths/words";

interface Props {
  heatmap: Heatmap;
  opacity: number;
  positive: string;
}

const STEPS = 41;
const WIDTH = 320;
const HEIGHT = 14;

/** The fixed colour scale, drawn with the very colours of the map. */
export function MapLegend({ heatmap, opacity, positive }: Props) {
  const { scale, unit } = heatmap;
  const steps = Array.from({ length: STEPS }, (_, i) => scale * ((2 * i) / (STEPS - 1) - 1));
  const ends = `${signed(-scale, 0)} to ${signed(scale, 0)} ${unit}`;

  return (
    <figure className="legend">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Colour scale from ${ends}, blue through transparent to orange`}
      >
        <rect className="legend-ground" width={WIDTH} height={HEIGHT} />
        {steps.map((value, i) => {
          const [red, green, blue, alpha] = contributionColor(value, scale);
          return (
            <rect
              key={value}
              x={(i * WIDTH) / STEPS}
              // A hair wider, or the ground shows between the steps.
              width={WIDTH / STEPS + 0.2}
              height={HEIGHT}
              fill={`rgb(${red} ${green} ${blue})`}
              fillOpacity={(alpha / 255) * opacity}
            />
          );
        })}
      </svg>
      <div className="legend-ends">
        <span>{signed(-scale, 0)} or less</span>
        <span>0</span>
        <span>{signed(scale, 0)} or more</span>
      </div>
      <figcaption className="hint">
        In {unit}. Blue speaks against “{positive}”, orange for it; the scale is the same for every
        image. The mean of the cells and the bias {decimal(heatmap.bias)} give the model’s {unit},{" "}
        <data value={logit(heatmap)}>{decimal(logit(heatmap))}</data>.
      </figcaption>
    </figure>
  );
}
