import type { PublishedModel } from "../apiTypes";
import type { Reading } from "../hooks/useReading";
import { useMessages } from "../i18n/useMessages";
import type { Film } from "../maths/films";
import type { Choice } from "../maths/models";
import type { AnswerSettings } from "../maths/settings";
import { FilmViewer } from "./FilmViewer";
import { Hanging } from "./Hanging";
import { ReadingBar } from "./ReadingBar";
import { SideBySide } from "./SideBySide";

interface Props {
  reading: Reading;
  /** The one that is looked at by itself. */
  film: Film | null;
  models: readonly PublishedModel[];
  chosen: Choice;
  settings: AnswerSettings;
  comparing: boolean;
  onComparing: (comparing: boolean) => void;
  /** null: all of them again. */
  onCloser: (id: number | null) => void;
}

/** What was given, as one image, as an exam, or once for each model. */
export function Images(props: Props) {
  const { reading, film, models, chosen, settings, comparing, onComparing, onCloser } = props;
  const { models: words, exam } = useMessages();
  const { films, explain } = reading;
  const several = films.length > 1;
  const comparable = film?.image !== null && film !== null && chosen.models.length > 1;

  return (
    <>
      <ReadingBar films={films} onCancel={reading.cancel} onRetry={reading.retry}>
        <div className="ways">
          {several && film && (
            <button
              type="button"
              onClick={() => {
                onCloser(null);
              }}
            >
              {chosen.modality === "mammogram" ? exam.back : exam.backToAll}
            </button>
          )}
          {film?.image && chosen.models.length < 2 && <p className="hint">{words.compareHint}</p>}
          {(film !== null || !several) && (
            <button
              type="button"
              aria-pressed={comparing && comparable}
              disabled={!comparable}
              onClick={() => {
                onComparing(!comparing);
              }}
            >
              {words.compare}
            </button>
          )}
        </div>
      </ReadingBar>
      {several && !film ? (
        <Hanging
          films={films}
          models={models}
          chosen={chosen.models}
          modality={chosen.modality}
          explain={explain}
          onPlace={reading.place}
          onCloser={onCloser}
          onRetry={reading.retry}
          onRemove={reading.remove}
        />
      ) : comparing && comparable ? (
        <SideBySide
          key={film.id}
          film={film}
          models={models}
          chosen={chosen}
          settings={settings}
          explain={explain}
        />
      ) : (
        <FilmViewer
          key={film?.id}
          film={film}
          models={models}
          chosen={chosen.models}
          modality={chosen.modality}
          explain={explain}
        />
      )}
    </>
  );
}
