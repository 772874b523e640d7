import type { PlaneHeader } from "../apiTypes";
import { useMessages } from "../i18n/useMessages";
import { figure } from "./figures";
import { KeyList } from "./KeyList";

interface Props {
  header: PlaneHeader;
}

/** What is known of the image's pixels, and the keys. */
export function ImageNotes({ header }: Props) {
  const { viewer } = useMessages();
  const { source, spacing_mm: spacing } = header;
  return (
    <>
      {header.warnings.length > 0 && (
        <ul className="warnings" aria-label={viewer.warnings}>
          {header.warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
      <details>
        <summary>{viewer.howRead}</summary>
        <dl className="facts">
          <dt>{viewer.format}</dt>
          <dd>
            {viewer.bits(source.format, source.bits)}
            {source.transfer_syntax && `, ${viewer.transferSyntax(source.transfer_syntax)}`}
          </dd>
          <dt>{viewer.spacing}</dt>
          <dd>
            {spacing
              ? `${figure(spacing[0], 3, viewer)} × ${figure(spacing[1], 3, viewer)} mm`
              : viewer.notStated}
          </dd>
          <dt>{viewer.steps}</dt>
          <dd>{source.steps.length > 0 ? source.steps.join(" → ") : viewer.none}</dd>
        </dl>
      </details>
      <details>
        <summary>{viewer.keys}</summary>
        <KeyList />
      </details>
    </>
  );
}
