import { type ReactNode, useId, useRef } from "react";

import { useRoom } from "../viewer/useRoom";
import { Legend } from "./Legend";
import { SeriesMarks } from "./SeriesMarks";
import { type Axis, place, tickDigits } from "./scale";
import type { Series } from "./series";

export interface ChartProps {
  title: string;
  /** What it shows, for who cannot see it. */
  summary: string;
  x: Axis;
  y: Axis;
  series: readonly Series[];
  /** A dotted line from the lower left corner to the upper right, and what it stands for. */
  diagonal?: string;
  /** As the reader's language writes it. */
  number: (value: number, digits: number) => string;
  /** The same figures as a table. */
  children: ReactNode;
  figuresLabel: string;
}

const HEIGHT = 280;
const LEFT = 52;
const RIGHT = 24;
const TOP = 10;
const BOTTOM = 44;

/** A chart drawn at its true size, so that its words stay legible on a telephone. */
export function Chart(props: ChartProps) {
  const { title, summary, x, y, series, diagonal, number, children, figuresLabel } = props;
  const room = useRef<HTMLDivElement>(null);
  const size = useRoom(room);
  const titleId = useId();
  const width = size?.width ?? 0;
  const frame = { left: LEFT, right: width - RIGHT, top: TOP, bottom: HEIGHT - BOTTOM };
  const across = (value: number) => place(x, value, frame.left, frame.right);
  const up = (value: number) => place(y, value, frame.bottom, frame.top);

  return (
    <figure className="chart" aria-labelledby={titleId}>
      <h3 id={titleId}>{title}</h3>
      <div className="chart-room" ref={room}>
        {size && (
          <svg role="img" aria-label={`${title}. ${summary}`} width={width} height={HEIGHT}>
            <Grid x={x} y={y} across={across} up={up} frame={frame} number={number} />
            {diagonal !== undefined && (
              <line
                className="chart-diagonal"
                x1={across(x.domain[0])}
                y1={up(y.domain[0])}
                x2={across(x.domain[1])}
                y2={up(y.domain[1])}
              />
            )}
            {series.map((one) => (
              <SeriesMarks key={`${one.name} ${one.as}`} series={one} across={across} up={up} />
            ))}
          </svg>
        )}
      </div>
      <figcaption>
        <Legend series={series} diagonal={diagonal} />
      </figcaption>
      <details>
        <summary>
          {figuresLabel}
          <span className="unseen">: {title}</span>
        </summary>
        {children}
      </details>
    </figure>
  );
}

interface GridProps {
  x: Axis;
  y: Axis;
  across: (value: number) => number;
  up: (value: number) => number;
  frame: { left: number; right: number; top: number; bottom: number };
  number: (value: number, digits: number) => string;
}

function Grid({ x, y, across, up, frame, number }: GridProps) {
  const text = (axis: Axis, value: number) =>
    number(value, axis.logarithmic && value < 1 ? -Math.floor(Math.log10(value)) : tickDigits(axis));
  return (
    <g className="chart-grid">
      {y.ticks.map((tick) => (
        <g key={tick}>
          <line x1={frame.left} x2={frame.right} y1={up(tick)} y2={up(tick)} />
          <text x={frame.left - 6} y={up(tick) + 4} textAnchor="end">
            {text(y, tick)}
          </text>
        </g>
      ))}
      {x.ticks.map((tick) => (
        <g key={tick}>
          <line x1={across(tick)} x2={across(tick)} y1={frame.bottom} y2={frame.bottom + 4} />
          <text x={across(tick)} y={frame.bottom + 18} textAnchor="middle">
            {text(x, tick)}
          </text>
        </g>
      ))}
      <text className="axis-name" x={(frame.left + frame.right) / 2} y={HEIGHT - 6} textAnchor="middle">
        {x.label}
      </text>
      <text
        className="axis-name"
        transform={`translate(13 ${(frame.top + frame.bottom) / 2}) rotate(-90)`}
        textAnchor="middle"
      >
        {y.label}
      </text>
    </g>
  );
}
