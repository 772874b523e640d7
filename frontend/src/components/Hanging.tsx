import { useState } from "react";

import type { Modality, PublishedModel } from "../apiTypes";
import type { Reading } from "../hooks/useReading";
import { useMessages } from "../i18n/useMessages";
import { HANGING, type Place, PLACES } from "../maths/exam";
import type { Film } from "../maths/films";
import { FITTED, type View } from "../viewer/view";
import { HungFilm } from "./HungFilm";

interface Props {
  films: readonly Film[];
  models: readonly PublishedModel[];
  chosen: readonly string[];
  modality: Modality;
  explain: Reading["explain"];
  onPlace: (id: number, place: Place | null) => void;
  onCloser: (id: number) => void;
  onRetry: (film: Film) => void;
  onRemove: (id: number) => void;
}

/** Every image that was given; the views of an exam where a reading room hangs them. */
export function Hanging({ films, modality, onPlace, ...rest }: Props) {
  const { exam, models: words } = useMessages();
  const [view, setView] = useState<View>(FITTED);
  const [linked, setLinked] = useState(false);
  const [moved, setMoved] = useState<{ id: number; told: string } | null>(null);
  const numbers = new Map(films.map(({ id }, index) => [id, index + 1]));
  const unplaced = films.filter(({ place, image }) => place === null && image !== null);

  const move = (id: number, place: Place | null) => {
    const where = place === null ? exam.unplaced : exam.places[place];
    setMoved({ id, told: exam.moved(numbers.get(id) ?? 0, where) });
    onPlace(id, place);
  };
  const hung = (film: Film) => (
    <HungFilm
      key={film.id}
      film={film}
      number={numbers.get(film.id) ?? 0}
      count={films.length}
      modality={modality}
      linked={
        linked
          ? { state: view, onChange: setView, mirrored: film.place?.startsWith("R") ?? false }
          : undefined
      }
      focused={moved?.id === film.id}
      onPlace={move}
      {...rest}
    />
  );

  return (
    <section className="exam" aria-labelledby="exam-title">
      <div className="exam-head">
        <h2 id="exam-title">{modality === "mammogram" ? exam.exam : exam.patches}</h2>
        <label className="check">
          <input
            type="checkbox"
            checked={linked}
            onChange={(event) => {
              setLinked(event.target.checked);
            }}
          />
          <span>{words.link}</span>
        </label>
      </div>
      <p className="unseen" role="status">
        {moved?.told}
      </p>
      {modality === "mammogram" && unplaced.length > 0 && (
        <p className="place-them">{exam.placeThem(unplaced.length)}</p>
      )}
      <ul className="hanging">
        {modality === "histology"
          ? films.map((film) => <li key={film.id}>{hung(film)}</li>)
          : [...PLACES, null].map((place) => {
              const here = films.filter((film) => film.place === place);
              // The four usual places stand empty; the others only where something hangs there.
              if (here.length === 0 && !HANGING.some((usual) => usual === place)) return null;
              const name = place === null ? exam.unplaced : exam.places[place];
              return (
                <li key={name} aria-label={name}>
                  <h3>{name}</h3>
                  {here.map(hung)}
                  {here.length === 0 && <p className="no-image">{exam.noImage}</p>}
                </li>
              );
            })}
      </ul>
    </section>
  );
}
