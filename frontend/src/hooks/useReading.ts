import { type RefObject, useCallback, useReducer, useRef } from "react";

import { fetchImage, fetchMap, fetchPredictions, problemOf } from "../api";
import type { Place } from "../maths/exam";
import { type Film, NOTHING_READ, nextReading } from "../maths/films";
import { type Choice, NOTHING } from "../maths/models";
import { inPool } from "../maths/pool";

export type Load = (signal: AbortSignal) => Promise<Blob>;

/** A server with its usual settings reads two images at a time, and turns away an eleventh. */
const AT_ONCE = 2;

/** One file as it was given, and what is asked about it. */
interface Source {
  load: Load;
  file: Blob | null;
  /** References of the models that have answered. */
  answered: Set<string>;
  judging: AbortController;
  /** Stopped before it was read: only a wish to try again begins it anew. */
  held: boolean;
  decoded: boolean;
}

/**
 * The images on the screen and what the models say of them.
 *
 * The files are held in memory only, to ask other models about them; a second lot supersedes the
 * first, whose answers are dropped even if they were on their way.
 */
export function useReading() {
  const [{ films, speeds }, dispatch] = useReducer(nextReading, NOTHING_READ);
  const sources = useRef(new Map<number, Source>());
  const choice = useRef<Choice>(NOTHING);
  const newest = useRef(0);
  // Apart from the models, so that asking others does not stop an image that is still on its way.
  const opening = useRef(new AbortController());
  const asking = useRef(new AbortController());

  const stopAll = useCallback(() => {
    superseding(opening);
    superseding(asking);
    for (const { judging } of sources.current.values()) judging.abort();
  }, []);

  const judge = useCallback(async (id: number) => {
    const source = sources.current.get(id);
    if (!source) return;
    source.judging.abort();
    source.judging = new AbortController();
    const { signal } = source.judging;
    const missing = choice.current.models.filter((model) => !source.answered.has(model));
    if (!source.file || missing.length === 0) {
      dispatch({ type: "judged", id, predictions: [] });
      return;
    }
    dispatch({ type: "judging", id });
    try {
      const predictions = await fetchPredictions(source.file, missing, signal);
      signal.throwIfAborted();
      for (const { model } of predictions) source.answered.add(model);
      dispatch({ type: "judged", id, predictions });
    } catch (error) {
      if (!signal.aborted) dispatch({ type: "unjudged", id, problem: problemOf(error) });
    }
  }, []);

  const decode = useCallback(async (id: number, signal: AbortSignal) => {
    const source = sources.current.get(id);
    if (!source?.file) return;
    const tell = (share: number) => {
      if (signal.aborted) return;
      dispatch(share < 1 ? { type: "sent", id, share } : { type: "decoding", id });
    };
    try {
      const image = await fetchImage(source.file, choice.current.modality, signal, tell);
      signal.throwIfAborted();
      source.decoded = true;
      dispatch({ type: "decoded", id, image });
    } catch (error) {
      if (signal.aborted) return;
      // Stops the models too: they would only say again that the file cannot be read. It is kept
      // all the same: as a picture of another modality it may be.
      source.judging.abort();
      dispatch({ type: "unreadable", id, problem: problemOf(error) });
    }
  }, []);

  const read = useCallback(
    async (id: number, signal: AbortSignal) => {
      const source = sources.current.get(id);
      if (!source) return;
      try {
        signal.throwIfAborted();
        source.file ??= await source.load(signal);
        signal.throwIfAborted();
        // Side by side: the image must not wait for the models.
        await Promise.all([judge(id), decode(id, signal)]);
      } catch (error) {
        if (!signal.aborted) dispatch({ type: "unreadable", id, problem: problemOf(error) });
      }
    },
    [decode, judge],
  );

  const readAll = useCallback(
    (ids: readonly number[]) => {
      const { signal } = opening.current;
      void inPool(AT_ONCE, ids, (id) => read(id, signal));
    },
    [read],
  );

  const open = useCallback(
    (loads: readonly Load[]) => {
      stopAll();
      const ids = loads.map((_, index) => newest.current + 1 + index);
      newest.current += loads.length;
      sources.current = new Map(loads.map((load, index) => [ids[index] ?? 0, newSource(load)]));
      dispatch({ type: "opened", ids });
      readAll(ids);
    },
    [readAll, stopAll],
  );

  const choose = useCallback(
    (chosen: Choice) => {
      const reopening = chosen.modality !== choice.current.modality;
      choice.current = chosen;
      const ids = [...sources.current.keys()];
      if (reopening) {
        stopAll();
        for (const id of ids) dispatch({ type: "reopened", id });
        for (const source of sources.current.values()) renewed(source);
        readAll(ids);
      } else {
        const { signal } = superseding(asking);
        void inPool(AT_ONCE, ids, async (id) => {
          if (!signal.aborted && sources.current.get(id)?.held === false) await judge(id);
        });
      }
    },
    [judge, readAll, stopAll],
  );

  const cancel = useCallback(() => {
    stopAll();
    for (const source of sources.current.values()) source.held = !source.decoded;
    dispatch({ type: "stopped" });
  }, [stopAll]);

  /** What did not come to its end is begun anew. */
  const retry = useCallback(
    (film: Film) => {
      if (film.stage === "read") {
        void judge(film.id);
        return;
      }
      const source = sources.current.get(film.id);
      if (!source) return;
      renewed(source);
      dispatch({ type: "retried", id: film.id });
      readAll([film.id]);
    },
    [judge, readAll],
  );

  const remove = useCallback((id: number) => {
    sources.current.get(id)?.judging.abort();
    sources.current.delete(id);
    dispatch({ type: "removed", id });
  }, []);

  const place = useCallback((id: number, where: Place | null) => {
    dispatch({ type: "placed", id, place: where });
  }, []);

  const explain = useCallback((id: number, model: string, signal: AbortSignal) => {
    const file = sources.current.get(id)?.file;
    return file
      ? fetchMap(file, model, signal)
      : Promise.reject(new Error("no image is open"));
  }, []);

  return { films, speeds, open, choose, cancel, retry, remove, place, explain };
}

export type Reading = ReturnType<typeof useReading>;

function newSource(load: Load): Source {
  return {
    load,
    file: null,
    answered: new Set(),
    judging: new AbortController(),
    held: false,
    decoded: false,
  };
}

/** The file stays; what was said of it is asked again. */
function renewed(source: Source): void {
  source.answered.clear();
  source.held = false;
  source.decoded = false;
}

function superseding(flight: RefObject<AbortController>): AbortController {
  flight.current.abort();
  flight.current = new AbortController();
  return flight.current;
}
