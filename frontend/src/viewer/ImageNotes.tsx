import type { PlaneHeader } from "../apiTypes";
import { decimal } from "../maths/words";

interface Props {
  header: PlaneHeader;
  keysOn: boolean;
  onKeys: (on: boolean) => void;
}

/** What is known of the image's pixels, and the keys. */
export function ImageNotes({ header, keysOn, onKeys }: Props) {
  const { source, spacing_mm: spacing } = header;
  return (
    <>
      {header.warnings.length > 0 && (
        <ul className="warnings" aria-label="Warnings about the image">
          {header.warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
      <details>
        <summary>How the pixels were read</summary>
        <dl className="facts">
          <dt>Format</dt>
          <dd>
            {source.format}, {source.bits} bits
            {source.transfer_syntax && `, transfer syntax ${source.transfer_syntax}`}
          </dd>
          <dt>Pixel spacing</dt>
          <dd>
            {spacing ? `${decimal(spacing[0], 3)} × ${decimal(spacing[1], 3)} mm` : "not stated"}
          </dd>
          <dt>Steps</dt>
          <dd>{source.steps.length > 0 ? source.steps.join(" → ") : "none"}</dd>
        </dl>
      </details>
      <details>
        <summary>Keys</summary>
        {/* WCAG 2.1.4: single keys can be turned off. */}
        <label className="check">
          <input
            type="checkbox"
            checked={keysOn}
            onChange={(event) => {
              onKeys(event.target.checked);
            }}
          />
          <span>Single keys act on the image</span>
        </label>
        <dl className="facts">
          <dt>
            <kbd>H</kbd>
          </dt>
          <dd>show or hide the map</dd>
          <dt>
            <kbd>[</kbd> <kbd>]</kbd>
          </dt>
          <dd>fade the map out or in</dd>
          <dt>
            <kbd>I</kbd>
          </dt>
          <dd>invert bright and dark</dd>
        </dl>
      </details>
    </>
  );
}
