import { colorClass, dashesOf, linePath, markPath, type Point, type Series } from "./series";

interface Props {
  series: Series;
  across: (value: number) => number;
  up: (value: number) => number;
}

/** One series: its line and band, or its points and their intervals. */
export function SeriesMarks({ series, across, up }: Props) {
  const { points, style, as } = series;
  const places = points.map(({ x, y }) => ({ x: across(x), y: up(y) }));
  const intervals = points.filter(hasInterval);
  const lined = as !== "marks" && places.length > 1;
  return (
    <g className={colorClass(style)}>
      {as === "band" && intervals.length > 1 && (
        <path
          className="chart-band"
          d={`${linePath([
            ...intervals.map(({ x, high }) => ({ x: across(x), y: up(high) })),
            ...intervals.map(({ x, low }) => ({ x: across(x), y: up(low) })).reverse(),
          ])}z`}
        />
      )}
      {as !== "band" &&
        intervals.map(({ x, low, high }) => (
          <path
            key={`${x} ${low} ${high}`}
            className="chart-whisker"
            d={`M${across(x).toFixed(1)} ${up(low).toFixed(1)}V${up(high).toFixed(1)}`}
          />
        ))}
      {lined && <path className="chart-line" d={linePath(places)} strokeDasharray={dashesOf(style)} />}
      {(!lined || as === "bars") &&
        places.map(({ x, y }, i) => (
          <path key={i} className="chart-mark" d={markPath(style, x, y)} />
        ))}
    </g>
  );
}

function hasInterval(point: Point): point is Required<Point> {
  return point.low !== undefined && point.high !== undefined;
}
