/** The files that were given: how far each is read, what it shows, what the models say of it. */

import type { Prediction, Problem } from "../apiTypes";
import type { DecodedImage } from "./decodeImage";
import { type Place, placeOf } from "./exam";

export type Stage = "waiting" | "sending" | "decoding" | "read" | "failed" | "stopped";

/** One file. Never its name: that is often a patient's. */
export interface Film {
  id: number;
  stage: Stage;
  /** Of the upload, from 0 to 1. */
  sent: number;
  image: DecodedImage | null;
  /** By the header, or as it was moved by hand. */
  place: Place | null;
  judging: boolean;
  /** The models were stopped before they answered. */
  stopped: boolean;
  /** Of every model that was asked so far. */
  answers: readonly Prediction[];
  /** Why it could not be read. */
  problem: Problem | null;
  /** Why the models gave no answer. */
  unjudged: Problem | null;
}

export type FilmEvent =
  | { type: "opened"; ids: readonly number[] }
  | { type: "reopened" | "retried" | "decoding" | "judging"; id: number }
  | { type: "removed"; id: number }
  | { type: "sent"; id: number; share: number }
  | { type: "decoded"; id: number; image: DecodedImage }
  | { type: "judged"; id: number; predictions: readonly Prediction[] }
  | { type: "unreadable" | "unjudged"; id: number; problem: Problem }
  | { type: "placed"; id: number; place: Place | null }
  | { type: "stopped" };

export interface ReadingState {
  films: readonly Film[];
  /** Milliseconds of each model's last answer, by `name@version`. */
  speeds: Readonly<Record<string, number>>;
}

export const NOTHING_READ: ReadingState = { films: [], speeds: {} };

export function nextReading(state: ReadingState, event: FilmEvent): ReadingState {
  const films = nextFilms(state.films, event);
  return event.type === "judged"
    ? { films, speeds: { ...state.speeds, ...totals(event.predictions) } }
    : { ...state, films };
}

function totals(predictions: readonly Prediction[]): Record<string, number> {
  return Object.fromEntries(
    predictions.flatMap(({ model, score, milliseconds: { total } }) =>
      // An image that is not assessed is not run through the model.
      score === null || total === undefined ? [] : [[model, total]],
    ),
  );
}

function nextFilms(films: readonly Film[], event: FilmEvent): readonly Film[] {
  switch (event.type) {
    case "opened":
      return event.ids.map(newFilm);
    case "stopped":
      return films.map(stoppedFilm);
    case "removed":
      return films.filter(({ id }) => id !== event.id);
    default:
      return films.map((film) => (film.id === event.id ? nextFilm(film, event) : film));
  }
}

function nextFilm(
  film: Film,
  event: Exclude<FilmEvent, { type: "opened" | "stopped" | "removed" }>,
): Film {
  switch (event.type) {
    case "reopened":
      // The image stays until it was decoded anew, so that the page does not jump.
      return { ...newFilm(film.id), image: film.image, place: film.place };
    case "retried":
      return { ...newFilm(film.id), place: film.place };
    case "sent":
      return { ...film, stage: "sending", sent: event.share };
    case "decoding":
      return { ...film, stage: "decoding", sent: 1 };
    case "decoded":
      return {
        ...film,
        stage: "read",
        sent: 1,
        image: event.image,
        place: film.place ?? placeOf(event.image.header),
      };
    case "unreadable":
      return { ...newFilm(film.id), stage: "failed", problem: event.problem };
    case "judging":
      return { ...film, judging: true, stopped: false, unjudged: null };
    case "judged": {
      const asked = new Set(event.predictions.map(({ model }) => model));
      const before = film.answers.filter(({ model }) => !asked.has(model));
      return { ...film, judging: false, answers: [...before, ...event.predictions] };
    }
    case "unjudged":
      return { ...film, judging: false, unjudged: event.problem };
    case "placed":
      return { ...film, place: event.place };
  }
}

/** What the chosen models say of it, in their order. */
export function answersOf(film: Film, models: readonly string[]): Prediction[] {
  return models.flatMap((wanted) => film.answers.find(({ model }) => model === wanted) ?? []);
}

export interface Progress {
  phase: "sending" | "decoding" | "judging";
  /** Of the phase, from 0 to 1; null where its end cannot be foreseen. */
  share: number | null;
  /** Files whose phase is over. */
  done: number;
  count: number;
}

/** Whether it has come to some end. */
export function isSettled({ stage, judging }: Film): boolean {
  return !judging && (stage === "read" || stage === "failed" || stage === "stopped");
}

/** How far all of them are; null where nothing is on its way. */
export function progressOf(films: readonly Film[]): Progress | null {
  const count = films.length;
  const uploading = films.filter(({ stage }) => stage === "waiting" || stage === "sending").length;
  if (uploading > 0) {
    const share = films.reduce((sum, film) => sum + sharePassed(film), 0) / count;
    return { phase: "sending", share, done: count - uploading, count };
  }
  const decoding = films.filter(({ stage }) => stage === "decoding").length;
  if (decoding > 0) return { phase: "decoding", share: null, done: count - decoding, count };
  const judging = films.filter((film) => film.judging).length;
  return judging > 0 ? { phase: "judging", share: null, done: count - judging, count } : null;
}

function sharePassed({ stage, sent }: Film): number {
  return stage === "waiting" || stage === "sending" ? sent : 1;
}

function newFilm(id: number): Film {
  return {
    id,
    stage: "waiting",
    sent: 0,
    image: null,
    place: null,
    judging: false,
    stopped: false,
    answers: [],
    problem: null,
    unjudged: null,
  };
}

function stoppedFilm(film: Film): Film {
  const underway = film.stage !== "read" && film.stage !== "failed";
  return {
    ...film,
    stage: underway ? "stopped" : film.stage,
    judging: false,
    stopped: film.stopped || film.judging || underway,
  };
}
