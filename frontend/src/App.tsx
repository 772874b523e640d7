import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import { fetchExample, problem } from "./api";
import { Chooser } from "./components/Chooser";
import { ProblemAlert } from "./components/ProblemAlert";
import { Results } from "./components/Results";
import { Viewer } from "./viewer/Viewer";
import { useCatalog } from "./hooks/useCatalog";
import { useFileDrop } from "./hooks/useFileDrop";
import { type Load, useReading } from "./hooks/useReading";
import { useMessages } from "./i18n/useMessages";
import { type Choice, firstChoice } from "./maths/models";
import { pictureName } from "./maths/words";

// The same width below which app.css puts the chooser above the image.
const CHOOSER_ABOVE = "(max-width: 71.99rem)";

export function App() {
  const { shell } = useMessages();
  const catalog = useCatalog();
  const { state, open, choose, refuse, explain } = useReading();
  const [picked, setPicked] = useState<Choice | null>(null);
  const viewer = useRef<HTMLDivElement>(null);

  const models = useMemo(() => catalog.models?.models ?? [], [catalog.models]);
  const chosen = useMemo(() => picked ?? firstChoice(catalog.models), [picked, catalog.models]);
  const shown = state.image !== null || state.problem !== null;

  useEffect(() => {
    choose(chosen);
  }, [choose, chosen]);

  useEffect(() => {
    // Not sooner: the page must first be as long as the image makes it.
    if (shown && matchMedia(CHOOSER_ABOVE).matches) {
      viewer.current?.scrollIntoView();
    }
  }, [shown, state.problem]);

  const read = useCallback(
    (load: Load) => {
      void open(load);
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
        {shell.skip}
      </a>
      <header className="banner">
        <h1>mammoscope</h1>
        <p className="purpose">
          {shell.purpose(chosen.modality === "histology" ? shell.anHEPatch : shell.aBreastImage)}
        </p>
      </header>
      <aside className="notice" aria-label={shell.researchOnly}>
        <p>{shell.notice}</p>
      </aside>
      <main className="room">
        <Chooser
          models={catalog.models?.models ?? null}
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
            modality={chosen.modality}
            explain={explain}
          />
        </div>
        <Results
          predictions={state.predictions}
          judging={state.judging}
          opened={state.image !== null}
          anyChosen={chosen.models.length > 0}
          models={models}
        />
      </main>
      {dragging && (
        <div className="drop" aria-hidden="true">
          <p>Drop the {pictureName(chosen.modality)} to read it</p>
        </div>
      )}
    </>
  );
}
