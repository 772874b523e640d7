import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import { fetchExample, problem } from "./api";
import type { Problem } from "./apiTypes";
import { Chooser } from "./components/Chooser";
import { Images } from "./components/Images";
import { ProblemAlert } from "./components/ProblemAlert";
import { Results } from "./components/Results";
import { useHistory } from "./history/useHistory";
import { useCatalog } from "./hooks/useCatalog";
import { useGivenFiles } from "./hooks/useGivenFiles";
import { type Load, useReading } from "./hooks/useReading";
import { useMessages } from "./i18n/useMessages";
import type { ExampleChoice } from "./maths/examples";
import { type Choice, firstChoice } from "./maths/models";
import { OWN } from "./maths/problemWords";
import { AS_PUBLISHED } from "./maths/settings";
import { SiteTools } from "./pages/SiteTools";
import { contentOf } from "./report/content";
import { ReportTools } from "./report/ReportTools";

// The same width below which app.css puts the chooser above the image.
const CHOOSER_ABOVE = "(max-width: 71.99rem)";
/** An exam has four views, seldom more than eight; each takes up to 100 MB here. */
const MOST_FILES = 12;

export function App() {
  const { shell, upload } = useMessages();
  const catalog = useCatalog();
  const reading = useReading();
  const { films, open, choose, retry } = reading;
  const [picked, setPicked] = useState<Choice | null>(null);
  const [closer, setCloser] = useState<number | null>(null);
  const [comparing, setComparing] = useState(false);
  const [refused, setRefused] = useState<Problem | null>(null);
  const [settings, setSettings] = useState(AS_PUBLISHED);
  const viewer = useRef<HTMLDivElement>(null);

  const models = useMemo(() => catalog.models?.models ?? [], [catalog.models]);
  const chosen = useMemo(() => picked ?? firstChoice(catalog.models), [picked, catalog.models]);
  const [first] = films;
  // One image is looked at by itself; of several, the one that the reader wants to see closer.
  const film = films.length === 1 ? (first ?? null) : (films.find(({ id }) => id === closer) ?? null);
  const lone = films.length === 1 ? (first?.problem ?? first?.unjudged ?? null) : null;
  const failure = catalog.problem ?? refused ?? lone;
  const lot = first?.id ?? 0;
  const begun = films.length > 0;
  const shown = films.some(({ image }) => image !== null);

  useEffect(() => {
    choose(chosen);
  }, [choose, chosen]);

  const lookCloser = useCallback((id: number | null) => {
    setCloser(id);
    // The button that was pressed is gone.
    viewer.current?.focus();
  }, []);

  useEffect(() => {
    // Once for the progress, and once more when the page is as long as the image makes it.
    if ((begun || failure) && matchMedia(CHOOSER_ABOVE).matches) {
      viewer.current?.scrollIntoView();
    }
  }, [begun, shown, lot, failure, closer]);

  const read = useCallback(
    (loads: readonly Load[]) => {
      setRefused(null);
      setCloser(null);
      open(loads);
    },
    [open],
  );

  const readFiles = useCallback(
    (files: File[]) => {
      if (files.length > MOST_FILES) {
        const detail = upload.tooManyDetail(files.length, MOST_FILES);
        setRefused({ ...problem(upload.tooMany, detail, 0), type: OWN });
      } else if (files.length > 0) {
        read(files.map((file) => () => Promise.resolve(file)));
      }
    },
    [read, upload],
  );

  const readExample = useCallback(
    ({ views }: ExampleChoice) => {
      read(views.map((view) => (signal) => fetchExample(view, signal)));
    },
    [read],
  );

  const dragging = useGivenFiles(readFiles);

  useHistory(films, models, settings);
  const content = useMemo(
    () => contentOf({ films, film, chosen, models, settings }),
    [films, film, chosen, models, settings],
  );

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
        <SiteTools />
      </header>
      <aside className="notice" aria-label={shell.researchOnly}>
        <p>{shell.notice}</p>
      </aside>
      <main className="room" data-comparing={comparing && film !== null && chosen.models.length > 1}>
        <Chooser
          models={catalog.models?.models ?? null}
          examples={catalog.examples}
          chosen={chosen}
          speeds={reading.speeds}
          onChoose={setPicked}
          onFiles={readFiles}
          onExample={readExample}
        />
        <div className="reading-image" id="image" tabIndex={-1} ref={viewer}>
          <ProblemAlert
            problem={failure}
            onRetry={() => {
              if (catalog.problem) catalog.retry();
              else if (first) retry(first);
            }}
          />
          <Images
            key={lot}
            reading={reading}
            film={film}
            models={models}
            chosen={chosen}
            settings={settings}
            comparing={comparing}
            onComparing={setComparing}
            onCloser={lookCloser}
          />
          <ReportTools content={content} explain={reading.explain} />
        </div>
        <Results
          films={films}
          film={film}
          chosen={chosen}
          models={models}
          settings={settings}
          onSettings={setSettings}
        />
      </main>
      {dragging && (
        <div className="drop" aria-hidden="true">
          <p>{upload.drop[chosen.modality]}</p>
        </div>
      )}
    </>
  );
}
