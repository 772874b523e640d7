import { useEffect, useRef } from "react";

import type { Modality, PublishedModel } from "../apiTypes";
import type { Reading } from "../hooks/useReading";
import { useMessages } from "../i18n/useMessages";
import { type Place, placeOf, PLACES } from "../maths/exam";
import type { Film } from "../maths/films";
import { mayPass } from "../maths/problemWords";
import type { LinkedView } from "../viewer/view";
import { FilmViewer } from "./FilmViewer";
import { ProblemSentence } from "./ProblemAlert";

interface Props {
  film: Film;
  /** What it is spoken of by: the order in which it came. */
  number: number;
  /** Its place and its number. */
  name: string;
  count: number;
  models: readonly PublishedModel[];
  chosen: readonly string[];
  modality: Modality;
  explain: Reading["explain"];
  linked: LinkedView | undefined;
  /** It was just moved here by its own list, which takes the focus along. */
  focused: boolean;
  onPlace: (id: number, place: Place | null) => void;
  onCloser: (id: number) => void;
  onRetry: (film: Film) => void;
  onRemove: (id: number) => void;
}

/** One image among several: small, with its place, or why there is none. */
export function HungFilm(props: Props) {
  const { film, number, count, onCloser, onRetry, onRemove } = props;
  const { exam, upload } = useMessages();
  const problem = film.problem ?? film.unjudged;

  return (
    <div className="hung">
      {film.problem ? (
        <p className="hint">{upload.fileOf(number, count)}</p>
      ) : film.stage === "stopped" ? (
        <p className="no-image">
          {exam.image(number)}: {upload.cancelled}
        </p>
      ) : (
        <FilmViewer
          film={film}
          models={props.models}
          chosen={props.chosen}
          modality={props.modality}
          explain={props.explain}
          linked={props.linked}
          title={props.name}
          compact
        />
      )}
      {problem && (
        <div className="problem">
          <div role="alert">
            <ProblemSentence problem={problem} />
          </div>
          {mayPass(problem) && (
            <button
              type="button"
              onClick={() => {
                onRetry(film);
              }}
            >
              {upload.retry}
              <span className="unseen"> {upload.fileOf(number, count)}</span>
            </button>
          )}
          {film.problem && (
            <button
              type="button"
              onClick={() => {
                onRemove(film.id);
              }}
            >
              {upload.remove}
              <span className="unseen"> {upload.fileOf(number, count)}</span>
            </button>
          )}
        </div>
      )}
      {film.image && (
        <div className="hung-row">
          {props.modality === "mammogram" && <PlaceChoice {...props} />}
          <button
            type="button"
            aria-label={exam.closer(number)}
            onClick={() => {
              onCloser(film.id);
            }}
          >
            {exam.closerShort}
          </button>
        </div>
      )}
    </div>
  );
}

function PlaceChoice({ film, number, focused, onPlace }: Props) {
  const { exam } = useMessages();
  const select = useRef<HTMLSelectElement>(null);
  const said = film.image ? placeOf(film.image.header) : null;

  useEffect(() => {
    // Elsewhere on the page it is another element, and the keyboard must not be lost.
    if (focused) select.current?.focus();
  }, [focused]);

  return (
    <>
      <select
        ref={select}
        aria-label={exam.place(number)}
        value={film.place ?? ""}
        onChange={(event) => {
          onPlace(film.id, PLACES.find((place) => place === event.target.value) ?? null);
        }}
      >
        {PLACES.map((place) => (
          <option key={place} value={place}>
            {exam.places[place]}
          </option>
        ))}
        <option value="">{exam.unplaced}</option>
      </select>
      {film.place !== said && (
        <p className="hint">{said ? exam.movedByHand(exam.places[said]) : exam.headerSilent}</p>
      )}
    </>
  );
}
