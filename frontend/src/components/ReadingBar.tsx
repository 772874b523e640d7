import type { ReactNode } from "react";

import { useMessages } from "../i18n/useMessages";
import type { Messages } from "../i18n/messages";
import { type Film, type Progress, progressOf } from "../maths/films";

interface Props {
  films: readonly Film[];
  onCancel: () => void;
  onRetry: (film: Film) => void;
  /** What else can be done with the images. */
  children: ReactNode;
}

/** How far the images are, and how to stop them; its room is kept, so that nothing jumps. */
export function ReadingBar({ films, onCancel, onRetry, children }: Props) {
  const { upload } = useMessages();
  const progress = progressOf(films);
  const stopped = progress ? [] : films.filter((film) => film.stopped);
  const words = progress ? progressWords(progress, upload) : stopped.length > 0 ? upload.cancelled : "";

  return (
    <div className="reading-bar" data-telling={words !== ""}>
      <div className="progress">
        <p role="status">{words}</p>
        {progress && <progress aria-label={words} value={progress.share ?? undefined} max={1} />}
        {(progress ?? stopped.length > 0) && (
          // One button, so that the focus stays on it when what it does is turned over.
          <button
            type="button"
            onClick={() => {
              if (progress) onCancel();
              else stopped.forEach(onRetry);
            }}
          >
            {progress ? upload.cancel : upload.retry}
          </button>
        )}
      </div>
      {children}
    </div>
  );
}

/** Whole tens of per cent: a screen reader would speak each one. */
function progressWords({ phase, share, done, count }: Progress, words: Messages["upload"]): string {
  const percent = 10 * Math.floor(10 * (share ?? 0));
  switch (phase) {
    case "sending":
      return count === 1 ? words.sending(percent) : words.sendingOf(done, count, percent);
    case "decoding":
      return count === 1 ? words.decoding : words.decodingOf(done, count);
    case "judging":
      return count === 1 ? words.judging : words.judgingOf(done, count);
  }
}
