import type { Problem } from "../apiTypes";
import { useOnline } from "../hooks/useOnline";
import { useMessages } from "../i18n/useMessages";
import { mayPass, problemWords } from "../maths/problemWords";

interface Props {
  problem: Problem | null;
  /** Offered where to ask again may help. */
  onRetry: () => void;
}

/** One clear sentence of what went wrong; the region stands empty before, so that it is heard. */
export function ProblemAlert({ problem, onRetry }: Props) {
  const { upload } = useMessages();
  return (
    <div className="problem">
      <div role="alert">{problem && <ProblemSentence problem={problem} />}</div>
      {problem && mayPass(problem) && (
        <button type="button" onClick={onRetry}>
          {upload.retry}
        </button>
      )}
    </div>
  );
}

/** What went wrong, and that this device has no network where that may be why. */
export function ProblemSentence({ problem }: { problem: Problem }) {
  const messages = useMessages();
  const online = useOnline();
  const { title, detail, english } = problemWords(problem, messages);
  return (
    <p className="failed">
      <strong>{title}</strong>
      {detail && (
        <>
          : <span lang={english ? "en" : undefined}>{detail}</span>
        </>
      )}
      {problem.type === "unreachable" && !online && ` ${messages.upload.offline}`}
    </p>
  );
}
