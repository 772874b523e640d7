import { useState } from "react";
import { createPortal } from "react-dom";

import { useMessages } from "../i18n/useMessages";
import type { ReportContent } from "./content";
import { ReportDialog } from "./ReportDialog";
import type { ExplainView } from "./useReportMaps";

interface Props {
  /** null until there is an answer. */
  content: ReportContent | null;
  explain: ExplainView;
}

/** The button that opens the report. */
export function ReportTools({ content, explain }: Props) {
  const { report } = useMessages();
  const [open, setOpen] = useState(false);
  if (!content) return null;
  return (
    <div className="report-tools">
      <button
        type="button"
        aria-haspopup="dialog"
        onClick={() => {
          setOpen(true);
        }}
      >
        {report.open}
      </button>
      <span className="hint">{report.hint}</span>
      {open &&
        createPortal(
          <ReportDialog
            content={content}
            explain={explain}
            onClose={() => {
              setOpen(false);
            }}
          />,
          // Beside the page, so that a printer can be given the one without the other.
          document.body,
        )}
    </div>
  );
}
