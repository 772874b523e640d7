import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import { fetchExample, problem } from "./api";
import { Chooser } from "./components/Chooser";
import { ProblemAlert } from "./components/ProblemAlert";
import { Results } from "./components/Results";
import { Viewer } from "./components/Viewer";
import { useCatalog } from "./hooks/useCatalog";
import { useFileDrop } from "./hooks/useFileDrop";
import { type Load, useReading } from "./hooks/useReading";

// The same width at which app.css puts the columns one under the other.
const ONE_COLUMN = "(max-width: 47.99rem)";

export function App() {
  const catalog = useCatalog();
  const { state, open, choose, refuse } = useReading();
  const [picked, setPicked] = useState<readonly string[] | null>(null);
  const viewer = useRef<HTMLDivElement>(null);

  const models = useMemo(() => catalog.models?.models ?? [], [catalog.models]);
  const fallback = catalog.models?.default;
  const chosen = useMemo(() => picked ?? (fallback ? [fallback] : []), [picked, fallback]);

  useEffect(() => {
    choose(chosen);
  }, [choose, chosen]);

  const read = useCallback(
    (load: Load) => {
      void open(load);
      if (matchMedia(ONE_COLUMN).matches) viewer.current?.scrollIntoView();
    },
    [open],
  );

  const readFiles = useCallback(
    (files: File[]) => {
      const [file, ...others] = files;
      if (!file) return;
      if (others.length > 0) {
        refuse(problem("One image at a time", `${files.length} files came; give one.`, 0));
        return;
      }
      read(() => Promise.resolve(file));
    },
    [read, refuse],
  );

  const dragging = useFileDrop(readFiles);

  return (
    <>
      <a className="skip" href="#image">
        Skip to the image
      </a>
      <header className="banner">
        <h1>mammoscope</h1>
        <p className="purpose">What a published model says of a breast image, and how far to trust it.</p>
      </header>
      <aside className="notice" aria-label="Research only">
        <p>
          {catalog.models?.notice ?? "Research software, not a medical device. Not for diagnosis."}
        </p>
      </aside>
      <main className="room">
        <Chooser
          models={models}
          examples={catalog.examples}
          chosen={chosen}
          onChoose={setPicked}
          onFiles={readFiles}
          onExample={(example) => {
            read((signal) => fetchExample(example, signal));
          }}
        />
        <div className="reading-image" id="image" tabIndex={-1} ref={viewer}>
          <ProblemAlert problem={catalog.problem ?? state.problem} />
          <Viewer
            key={state.serial}
            image={state.image}
            opening={state.opening}
            predictions={state.predictions}
            models={models}
          />
        </div>
        <Results
          predictions={state.predictions}
          judging={state.judging}
          opened={state.image !== null}
          anyChosen={chosen.length > 0}
          models={models}
        />
      </main>
      {dragging && (
        <div className="drop" aria-hidden="true">
          <p>Drop the image to read it</p>
        </div>
      )}
    </>
  );
}
