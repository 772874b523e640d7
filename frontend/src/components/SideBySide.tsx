import { useState } from "react";

import type { PublishedModel } from "../apiTypes";
import type { Reading } from "../hooks/useReading";
import { useMessages } from "../i18n/useMessages";
import { answersOf, type Film } from "../maths/films";
import type { Choice } from "../maths/models";
import { modelOf } from "../maths/models";
import { pointOf, verdictAt } from "../maths/operatingPoints";
import type { AnswerSettings } from "../maths/settings";
import { scoreText, verdictSentence } from "../maths/words";
import { FITTED, type View } from "../viewer/view";
import { FilmViewer } from "./FilmViewer";
import { LinkedCheck } from "./LinkedCheck";

interface Props {
  film: Film;
  models: readonly PublishedModel[];
  chosen: Choice;
  settings: AnswerSettings;
  explain: Reading["explain"];
}

/** One image once for each chosen model, looked at together, each with that model's map. */
export function SideBySide({ film, models, chosen, settings, explain }: Props) {
  const { models: words } = useMessages();
  const [view, setView] = useState<View>(FITTED);
  const [linked, setLinked] = useState(true);

  return (
    <section className="compared" aria-label={words.compare}>
      <LinkedCheck linked={linked} onLink={setLinked} />
      <ul className="panes">
        {chosen.models.map((reference) => {
          const model = modelOf(models, reference);
          return (
            <li key={reference} className="pane">
              <FilmViewer
                film={film}
                models={models}
                chosen={[reference]}
                modality={chosen.modality}
                explain={explain}
                linked={linked ? { state: view, onChange: setView } : undefined}
                mapModel={reference}
                title={model?.card.title ?? reference}
                compact
              />
              <ShortAnswer film={film} model={model} reference={reference} settings={settings} />
            </li>
          );
        })}
      </ul>
    </section>
  );
}

interface ShortProps {
  film: Film;
  model: PublishedModel | undefined;
  reference: string;
  settings: AnswerSettings;
}

/** The verdict and the score under a pane; the whole answer stands with the others. */
function ShortAnswer({ film, model, reference, settings }: ShortProps) {
  const messages = useMessages();
  const { answer } = messages;
  const [prediction] = answersOf(film, [reference]);
  if (!prediction) return <p className="short-answer">{film.judging ? answer.reading : answer.unjudged}</p>;
  const point = pointOf(model, settings.point, prediction.operating_point);
  const verdict = verdictAt(prediction.score, point);
  return (
    <p className="short-answer" data-verdict={verdict}>
      <strong>{verdictSentence(verdict, prediction.reason, messages)}</strong>{" "}
      {prediction.score !== null &&
        `${answer.announcedScore(scoreText(prediction.score, messages))} ` +
          answer.pointIs(point.name, scoreText(point.threshold, messages))}
    </p>
  );
}
