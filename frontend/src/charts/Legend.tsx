import { colorClass, dashesOf, markPath, type Series } from "./series";

interface Props {
  series: readonly Series[];
  diagonal: string | undefined;
}

/** Each name with its own line and mark. */
export function Legend({ series, diagonal }: Props) {
  return (
    <ul className="chart-legend">
      {series.map(({ name, style, as }) => (
        <li key={name}>
          <svg className={colorClass(style)} width="34" height="14" aria-hidden="true">
            {as !== "marks" && (
              <path className="chart-line" d="M1 7H33" strokeDasharray={dashesOf(style)} />
            )}
            {(as === "marks" || as === "bars") && <path className="chart-mark" d={markPath(style, 17, 7)} />}
          </svg>
          {name}
        </li>
      ))}
      {diagonal !== undefined && (
        <li>
          <svg width="34" height="14" aria-hidden="true">
            <path className="chart-diagonal" d="M1 7H33" />
          </svg>
          {diagonal}
        </li>
      )}
    </ul>
  );
}
