import { useEffect, useRef, useState } from "react";

import { useMessages } from "../i18n/useMessages";
import type { ReportContent } from "./content";
import { reportFile } from "./reportFile";
import { ReportSheet } from "./ReportSheet";
import { type ExplainView, useReportMaps } from "./useReportMaps";

interface Props {
  content: ReportContent;
  explain: ExplainView;
  onClose: () => void;
}

/** The report as it will be printed, of one model, and what can be done with it. */
export function ReportDialog({ content, explain, onClose }: Props) {
  const { report } = useMessages();
  const dialog = useRef<HTMLDialogElement>(null);
  const [made] = useState(() => new Date());
  const [chosen, setChosen] = useState<string | null>(null);
  const { answers } = content;
  const answer = answers.find(({ reference }) => reference === chosen) ?? answers[0];
  const { maps, making, problem } = useReportMaps(content, answer?.reference ?? "", explain);

  useEffect(() => {
    const { current } = dialog;
    if (current && !current.open) current.showModal();
  }, []);

  if (!answer) return null;
  return (
    <dialog className="report" ref={dialog} aria-label={report.preview} onClose={onClose}>
      <div className="report-bar">
        <button type="button" className="primary" disabled={making} onClick={printPage}>
          {report.print}
        </button>
        <button
          type="button"
          disabled={making}
          onClick={() => {
            save(reportFile(content, maps, made, report.notice), report.file);
          }}
        >
          {report.export}
        </button>
        {answers.length > 1 && (
          <label className="page-choice">
            {report.model}{" "}
            <select
              value={answer.reference}
              onChange={(event) => {
                setChosen(event.target.value);
              }}
            >
              {answers.map(({ reference }) => (
                <option key={reference}>{reference}</option>
              ))}
            </select>
          </label>
        )}
        <button type="button" onClick={() => dialog.current?.close()}>
          {report.close}
        </button>
        <p className="hint" role="status">
          {making ? report.preparing : problem ? report.noMap(problem.title) : ""}
        </p>
      </div>
      <ReportSheet
        content={content}
        answer={answer}
        maps={maps.filter(({ model }) => model === answer.reference)}
        made={made}
      />
    </dialog>
  );
}

function printPage(): void {
  window.print();
}

/** Hands a text to the browser as a file to save; nothing leaves the machine. */
function save(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // Not at once: the browser reads it after the click.
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, 10_000);
}
