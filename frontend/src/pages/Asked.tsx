import type { ReactNode } from "react";

import { useMessages } from "../i18n/useMessages";
import type { Answer } from "./useAnswer";

interface Props<T> {
  answer: Answer<T>;
  children: (value: T) => ReactNode;
}

/** What stands there once the server has answered; until then that it loads, or what went wrong. */
export function Asked<T>({ answer, children }: Props<T>) {
  const { pages } = useMessages();
  const { value, problem, retry } = answer;
  return (
    <>
      <div className="problem" role="alert">
        {problem && (
          <p>
            <strong>{problem.title}</strong>
            {problem.detail && <>: {problem.detail}</>}
          </p>
        )}
      </div>
      {problem && (
        <button type="button" onClick={retry}>
          {pages.retry}
        </button>
      )}
      <p className="hint" role="status">
        {value === null && !problem ? pages.loading : ""}
      </p>
      {value !== null && children(value)}
    </>
  );
}
