import type { RefObject } from "react";

import { useMessages } from "../i18n/useMessages";
import { VIEWER_KEYS } from "../viewer/keys";

interface Props {
  dialog: RefObject<HTMLDialogElement | null>;
  keyOn: boolean;
  onKey: (on: boolean) => void;
}

/** How the page is used, and every key; the browser gives the focus back when it closes. */
export function HelpDialog({ dialog, keyOn, onKey }: Props) {
  const { pages, viewer } = useMessages();
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
      <p className="hint">{viewer.keysHint}</p>
      <dl className="facts help-keys">
        {VIEWER_KEYS.map(({ action, cap }) => (
          <div key={action}>
            <dt>
              <kbd>{cap}</kbd>
            </dt>
            <dd>{viewer.act[action]}</dd>
          </div>
        ))}
      </dl>
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
