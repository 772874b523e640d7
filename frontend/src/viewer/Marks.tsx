import type { Contour } from "./contour";
import { AGAINST_COLOR, FOR_COLOR, MEMBER_COLOR } from "./heatmap";
import type { Line } from "./measure";
import type { Plane, Size } from "./plane";
import type { Region } from "./region";
import { type Placement, toRoom } from "./viewport";

interface Props {
  plane: Plane;
  room: Size;
  placement: Placement;
  /** Lines of the map, and its name, where it is shown so. */
  contours: readonly Contour[] | null;
  segmented: boolean;
  contoursLabel: string;
  opacity: number;
  region: { region: Region; size: string } | null;
  measured: { line: Line; length: string } | null;
}

/** What is drawn over the image in lines: the map's, its strongest region, and the measure. */
export function Marks(props: Props) {
  const { plane, room, placement, contours, segmented, contoursLabel, opacity, region } = props;
  const { left, top, pixelWidth, pixelHeight } = placement;

  return (
    <svg className="marks" viewBox={`0 0 ${room.width} ${room.height}`}>
      {/* Inside, a unit is a pixel of the image; what lies beside the image is cut off. */}
      <svg
        x={left}
        y={top}
        width={pixelWidth * plane.columns}
        height={pixelHeight * plane.rows}
        viewBox={`0 0 ${plane.columns} ${plane.rows}`}
        preserveAspectRatio="none"
      >
        {contours && (
          <g className="contours" role="img" aria-label={contoursLabel} opacity={opacity}>
            {contours.map(({ level, rank, path }) => (
              <g key={level} data-rank={rank} data-level={level}>
                <path className="casing" d={path} />
                <path className={level < 0 ? "against" : "for"} d={path} stroke={color(level, segmented)} />
              </g>
            ))}
          </g>
        )}
        {region && (
          <g className="region" aria-hidden="true">
            <path className="casing" d={region.region.outline} />
            <path className="edge" d={region.region.outline} />
          </g>
        )}
      </svg>
      {region && <RegionSize {...region} placement={placement} room={room} />}
      {props.measured && <Measure {...props.measured} placement={placement} />}
    </svg>
  );
}

function RegionSize({
  region,
  size,
  placement,
  room,
}: {
  region: Region;
  size: string;
  placement: Placement;
  room: Size;
}) {
  const { x, y, width, height } = region.bounds;
  const start = toRoom(placement, { x, y });
  const end = toRoom(placement, { x: x + width, y: y + height });
  const inSight = end.x > 0 && end.y > 0 && start.x < room.width && start.y < room.height;
  if (!inSight) return null;
  const below = end.y + 18 < room.height;
  return (
    <text
      className="label"
      aria-hidden="true"
      x={Math.min(room.width - 60, Math.max(60, (start.x + end.x) / 2))}
      y={below ? end.y + 16 : Math.max(16, start.y - 6)}
      textAnchor="middle"
    >
      {size}
    </text>
  );
}

function Measure({ line, length, placement }: { line: Line; length: string; placement: Placement }) {
  const from = toRoom(placement, line.from);
  const to = toRoom(placement, line.to);
  const ends = { x1: from.x, y1: from.y, x2: to.x, y2: to.y };
  return (
    <g className="measure" aria-hidden="true">
      <line className="casing" {...ends} />
      <line className="edge" {...ends} />
      <circle cx={from.x} cy={from.y} r={5} />
      <circle cx={to.x} cy={to.y} r={5} />
      <text className="label" x={(from.x + to.x) / 2} y={(from.y + to.y) / 2 - 8} textAnchor="middle">
        {length}
      </text>
    </g>
  );
}

function color(level: number, segmented: boolean): string {
  const rgb = segmented ? MEMBER_COLOR : level < 0 ? AGAINST_COLOR : FOR_COLOR;
  return `rgb(${rgb.join(" ")})`;
}
