import { useCallback, useEffect, useState } from "react";

import { Table } from "../charts/Table";
import { useMessages } from "../i18n/useMessages";
import { pointName } from "../maths/words";
import { PageFrame } from "../pages/PageFrame";
import { useNumbers } from "../settings/useNumbers";
import { eraseRows, isHistoryOn, readRows, type Row, turnHistory } from "./store";

/** What this browser keeps of answers, the switch for it, and the button that erases it. */
export function HistoryPage() {
  const messages = useMessages();
  const { history, pages } = messages;
  const { count, decimal, moment } = useNumbers();
  const [on, setOn] = useState(isHistoryOn);
  const [rows, setRows] = useState<readonly Row[] | null>(null);
  const [told, setTold] = useState("");

  const show = useCallback(() => {
    readRows()
      .then(setRows)
      .catch(() => {
        setTold(history.failed);
      });
  }, [history]);

  useEffect(show, [show]);

  const erase = () => {
    eraseRows()
      .then(() => {
        setTold(history.erased);
        show();
      })
      .catch(() => {
        setTold(history.failed);
      });
  };

  return (
    <PageFrame title={history.title}>
      <p>{history.what}</p>
      <p>{history.where}</p>
      <label className="check">
        <input
          type="checkbox"
          checked={on}
          onChange={(event) => {
            turnHistory(event.target.checked);
            setOn(event.target.checked);
          }}
        />
        <span>{history.keep}</span>
      </label>
      <p role="status">{on ? history.on : history.off}</p>
      <p className="hint">{history.stays}</p>
      <p>
        <button type="button" disabled={rows === null || rows.length === 0} onClick={erase}>
          {history.erase}
        </button>
      </p>
      <p role="status">{told}</p>
      {rows?.length === 0 && <p>{history.empty}</p>}
      {rows && rows.length > 0 && (
        <Table
          label={pages.scrolls(history.title)}
          caption={history.rows(count(rows.length))}
          head={[
            history.date,
            history.view,
            history.model,
            history.verdict,
            history.score,
            history.point,
          ]}
          rows={rows.map((row) => [
            moment(new Date(row.at)),
            [row.laterality && history.side[row.laterality], row.view].filter(Boolean).join(" ") ||
              history.notStated,
            <span className="identifier">{row.model}</span>,
            history.verdicts[row.verdict],
            row.score === null ? history.none : decimal(row.score, 3),
            `${pointName(row.point, messages)}, ${decimal(row.threshold, 3)}`,
          ])}
        />
      )}
    </PageFrame>
  );
}
