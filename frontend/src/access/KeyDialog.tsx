import { type SyntheticEvent, useEffect, useRef, useState } from "react";

import { useMessages } from "../i18n/useMessages";
import { askKeysBy } from "./key";

/** Asks for the server's key when it wants one; the key is kept until the page is left. */
export function KeyDialog() {
  const { access, pages } = useMessages();
  const dialog = useRef<HTMLDialogElement>(null);
  const answer = useRef<((key: string | null) => void) | null>(null);
  const [key, setKey] = useState("");
  const [refused, setRefused] = useState(false);

  useEffect(
    () =>
      askKeysBy((wasRefused) => {
        setRefused(wasRefused);
        dialog.current?.showModal();
        return new Promise((resolve) => {
          answer.current = resolve;
        });
      }),
    [],
  );

  const give = (given: string | null) => {
    answer.current?.(given);
    answer.current = null;
    setKey("");
    dialog.current?.close();
  };
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (key.trim()) give(key.trim());
  };

  return (
    <dialog
      className="help"
      ref={dialog}
      aria-labelledby="key-title"
      onClose={() => {
        give(null);
      }}
    >
      <form className="key-form" onSubmit={submit}>
        <h2 id="key-title">{access.title}</h2>
        <p role="status">{refused ? access.refused : access.wanted}</p>
        <label>
          <span>{access.label}</span>
          <input
            type="password"
            autoComplete="off"
            spellCheck={false}
            value={key}
            onChange={(event) => {
              setKey(event.target.value);
            }}
          />
        </label>
        <p className="hint">{access.kept}</p>
        <div className="button-row">
          <button type="submit" className="primary" disabled={!key.trim()}>
            {access.use}
          </button>
          <button
            type="button"
            onClick={() => {
              give(null);
            }}
          >
            {pages.close}
          </button>
        </div>
      </form>
    </dialog>
  );
}
