import { type ReactNode, useId } from "react";

interface Props {
  /** May be empty. */
  caption: string;
  /** Of the columns; the first stands over the names of the rows. */
  head: readonly ReactNode[];
  rows: readonly (readonly ReactNode[])[];
  /** Names the part of the page that scrolls sideways where the table is wider than it. */
  label: string;
}

/** A table that scrolls by itself, also by the keyboard, where the page is narrow. */
export function Table({ caption, head, rows, label }: Props) {
  const captionId = useId();
  return (
    <div>
      {/* Outside of what scrolls: as a caption it would be as wide as the table. */}
      {caption && (
        <p className="hint" id={captionId}>
          {caption}
        </p>
      )}
      <div className="table-room" role="region" aria-label={label} tabIndex={0}>
        <table aria-label={label} aria-describedby={caption ? captionId : undefined}>
          <thead>
            <tr>
              {head.map((cell, i) => (
                <th key={i} scope="col">
                  {cell}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(([name, ...cells], i) => (
              <tr key={i}>
                <th scope="row">{name}</th>
                {cells.map((cell, j) => (
                  <td key={j}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
