import { useState } from "react";

import type { Modality, PublishedModel } from "../apiTypes";
import type { Reading } from "../hooks/useReading";
import type { Messages } from "../i18n/messages";
import { useMessages } from "../i18n/useMessages";
import { HANGING, type Place, PLACES } from "../maths/exam";
import type { Film } from "../maths/films";
import { FITTED, type View } from "../viewer/view";
import { HungFilm } from "./HungFilm";
import { LinkedCheck } from "./LinkedCheck";

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
  const { exam } = useMessages();
  const [view, setView] = useState<View>(FITTED);
  const [linked, setLinked] = useState(false);
  const [moved, setMoved] = useState<{ id: number; told: string } | null>(null);
  const numbers = new Map(films.map(({ id }, index) => [id, index + 1]));
  const failed = films.filter(({ problem }) => problem !== null);
  const shown = films.filter(({ problem }) => problem === null);
  const unplaced = shown.filter(({ place, image }) => place === null && image !== null);
  const slots = modality === "mammogram" ? slotsOf(shown, exam) : shown.map(slotOf);

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
      name={
        modality === "mammogram" && film.image
          ? exam.hungImage(film.place ? exam.places[film.place] : exam.unplaced, numbers.get(film.id) ?? 0)
          : exam.image(numbers.get(film.id) ?? 0)
      }
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
        <LinkedCheck linked={linked} onLink={setLinked} />
      </div>
      <p className="unseen" role="status">
        {moved?.told}
      </p>
      {modality === "mammogram" && unplaced.length > 0 && (
        <p className="place-them">{exam.placeThem(unplaced.length)}</p>
      )}
      <ul className="hanging">
        {slots.map(({ key, name, here }) => (
          <li key={key} aria-label={name}>
            {here.map(hung)}
            {here.length === 0 && (
              <p className="no-image">
                {name}: {exam.noImage}
              </p>
            )}
          </li>
        ))}
      </ul>
      {failed.length > 0 && (
        <ul className="unread" aria-label={exam.unread}>
          {failed.map((film) => (
            <li key={film.id}>{hung(film)}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

interface Slot {
  key: string;
  name: string | undefined;
  here: readonly Film[];
}

/**
 * The four usual places, empty or not; the others only where something hangs there.
 *
 * An image that is still on its way keeps the room of a place that is empty yet: most come in the
 * order in which they hang, and need not move then.
 */
function slotsOf(films: readonly Film[], { places }: Messages["exam"]): Slot[] {
  const unplaced = films.filter(({ place }) => place === null);
  const coming = unplaced.filter(({ image }) => image === null);
  const slots = PLACES.flatMap((place) => {
    const here = films.filter((film) => film.place === place);
    if (here.length > 0) return [{ key: place, name: places[place], here }];
    if (!HANGING.includes(place)) return [];
    const next = coming.shift();
    return [next ? slotOf(next) : { key: place, name: places[place], here }];
  });
  const rest = unplaced.filter((film) => film.image !== null || coming.includes(film));
  return [...slots, ...rest.map(slotOf)];
}

function slotOf(film: Film): Slot {
  return { key: film.id.toString(), name: undefined, here: [film] };
}
