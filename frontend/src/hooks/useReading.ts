import { type RefObject, useCallback, useReducer, useRef } from "react";

import { fetchImage, fetchMap, fetchPredictions, problemOf } from "../api";
import type { Prediction, Problem } from "../apiTypes";
import type { DecodedImage } from "../maths/decodeImage";
import { type Choice, NOTHING } from "../maths/models";

export interface ReadingState {
  /** Counts the images opened, so that a view's own state can start anew with each. */
  serial: number;
  opening: boolean;
  judging: boolean;
  image: DecodedImage | null;
  predictions: Prediction[];
  problem: Problem | null;
}

type Event =
  | { type: "opened" | "reopened" }
  | { type: "decoded"; image: DecodedImage }
  | { type: "judging" }
  | { type: "judged"; predictions: Prediction[] }
  | { type: "unreadable" | "unjudged"; problem: Problem };

const EMPTY: ReadingState = {
  serial: 0,
  opening: false,
  judging: false,
  image: null,
  predictions: [],
  problem: null,
};

function next(state: ReadingState, event: Event): ReadingState {
  switch (event.type) {
    case "opened":
      return { ...EMPTY, serial: state.serial + 1, opening: true };
    case "reopened":
      // The image stays until it was decoded anew, so that the page does not jump.
      return { ...state, opening: true, predictions: [], problem: null };
    case "decoded":
      return { ...state, opening: false, image: event.image };
    case "judging":
      return { ...state, judging: true, problem: null };
    case "judged":
      return { ...state, judging: false, predictions: event.predictions };
    case "unreadable":
      return { ...EMPTY, serial: state.serial, problem: event.problem };
    case "unjudged":
      return { ...state, judging: false, predictions: [], problem: event.problem };
  }
}

export type Load = (signal: AbortSignal) => Promise<Blob>;

/**
 * The image on the screen and what the models say of it.
 *
 * The file is held in memory only, to ask other models about it; a second one supersedes the
 * first, whose answers are dropped even if they were on their way.
 */
export function useReading() {
  const [state, dispatch] = useReducer(next, EMPTY);
  const file = useRef<Blob | null>(null);
  const choice = useRef<Choice>(NOTHING);
  // Apart, so that asking other models does not stop an image that is still on its way.
  const opening = useRef(new AbortController());
  const judging = useRef(new AbortController());

  const judge = useCallback(async () => {
    const { signal } = superseding(judging);
    const { models } = choice.current;
    if (!file.current || models.length === 0) {
      dispatch({ type: "judged", predictions: [] });
      return;
    }
    dispatch({ type: "judging" });
    try {
      const predictions = await fetchPredictions(file.current, models, signal);
      if (!signal.aborted) dispatch({ type: "judged", predictions });
    } catch (error) {
      if (!signal.aborted) dispatch({ type: "unjudged", problem: problemOf(error) });
    }
  }, []);

  const refuse = useCallback((problem: Problem) => {
    opening.current.abort();
    judging.current.abort();
    file.current = null;
    dispatch({ type: "unreadable", problem });
  }, []);

  const decode = useCallback(
    async (blob: Blob, signal: AbortSignal) => {
      // Side by side: the image must not wait for the models.
      void judge();
      try {
        const image = await fetchImage(blob, choice.current.modality, signal);
        if (!signal.aborted) dispatch({ type: "decoded", image });
      } catch (error) {
        if (signal.aborted) return;
        // Stops the models too: they would only say again that the file cannot be read. It is
        // kept all the same: as a picture of another modality it may be.
        judging.current.abort();
        dispatch({ type: "unreadable", problem: problemOf(error) });
      }
    },
    [judge],
  );

  const open = useCallback(
    async (load: Load) => {
      const { signal } = superseding(opening);
      judging.current.abort();
      file.current = null;
      dispatch({ type: "opened" });
      try {
        const blob = await load(signal);
        signal.throwIfAborted();
        file.current = blob;
        await decode(blob, signal);
      } catch (error) {
        if (!signal.aborted) refuse(problemOf(error));
      }
    },
    [decode, refuse],
  );

  const choose = useCallback(
    (chosen: Choice) => {
      const reopening = chosen.modality !== choice.current.modality;
      choice.current = chosen;
      if (!file.current) return;
      if (reopening) {
        const { signal } = superseding(opening);
        dispatch({ type: "reopened" });
        void decode(file.current, signal);
      } else {
        void judge();
      }
    },
    [decode, judge],
  );

  const explain = useCallback((model: string, signal: AbortSignal) => {
    return file.current
      ? fetchMap(file.current, model, signal)
      : Promise.reject(new Error("no image is open"));
  }, []);

  return { state, open, choose, refuse, explain };
}

function superseding(flight: RefObject<AbortController>): AbortController {
  flight.current.abort();
  flight.current = new AbortController();
  return flight.current;
}
