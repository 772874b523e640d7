import type { RefObject } from "react";

import { useMessages } from "../i18n/useMessages";
import { KeyList } from "../viewer/KeyList";

interface Props {
  dialog: RefObject<HTMLDialogElement | null>;
  keyOn: boolean;
  onKey: (on: boolean) => void;
}

/** How the page is used, and every key; the browser gives the focus back when it closes. */
export function HelpDialog({ dialog, keyOn, onKey }: Props) {
  const { pages } = useMessages();
  return (
    <dialog className="help" ref={dialog} aria-labelledby="help-title">
      <div className="dialog-head">
        <h2 id="help-title">{pages.helpTitle}</h2>
        <button type="button" onClick={() => dialog.current?.close()}>
          {pages.close}
        </button>
      </div>
      <ul className="plain-list">
        {pages.helpHow.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      <h3>{pages.helpKeys}</h3>
      <KeyList />
      <h3>{pages.helpPage}</h3>
      <dl className="facts help-keys">
        <div>
          <dt>
            <kbd>?</kbd>
          </dt>
          <dd>{pages.helpOpens}</dd>
        </div>
        <div>
          <dt>
            <kbd>Esc</kbd>
          </dt>
          <dd>{pages.helpCloses}</dd>
        </div>
      </dl>
      <label className="check">
        <input
          type="checkbox"
          checked={keyOn}
          onChange={(event) => {
            onKey(event.target.checked);
          }}
        />
        <span>{pages.helpKeyOn}</span>
      </label>
    </dialog>
  );
}
