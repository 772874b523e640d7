import { useCallback } from "react";

import type { Modality, PublishedModel } from "../apiTypes";
import { answersOf, type Film } from "../maths/films";
import type { LinkedView } from "../viewer/view";
import { Viewer } from "../viewer/Viewer";
import type { Reading } from "../hooks/useReading";

interface Props {
  /** null where no image was given yet. */
  film: Film | null;
  models: readonly PublishedModel[];
  /** References of the chosen ones. */
  chosen: readonly string[];
  modality: Modality;
  explain: Reading["explain"];
  linked?: LinkedView | undefined;
  mapModel?: string | undefined;
  compact?: boolean | undefined;
  title?: string | undefined;
}

/** The viewer on one of the images that were given. */
export function FilmViewer({ film, chosen, explain, ...rest }: Props) {
  const id = film?.id ?? 0;
  // Kept from one drawing to the next: a map is asked for anew with each other one.
  const explainFilm = useCallback(
    (model: string, signal: AbortSignal) => explain(id, model, signal),
    [explain, id],
  );
  return (
    <Viewer
      image={film?.image ?? null}
      opening={film !== null && film.stage !== "failed" && film.stage !== "stopped"}
      predictions={film ? answersOf(film, chosen) : []}
      explain={explainFilm}
      {...rest}
    />
  );
}
