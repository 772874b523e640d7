import type { PublishedModel } from "../apiTypes";
import { useMessages } from "../i18n/useMessages";
import type { Messages } from "../i18n/messages";
import type { Opinion } from "../maths/disagreement";
import { type ExamReading, examReadings } from "../maths/examReading";
import { answersOf, type Film, isSettled } from "../maths/films";
import { type Choice, modelOf } from "../maths/models";
import { pointOf, verdictAt } from "../maths/operatingPoints";
import type { AnswerSettings } from "../maths/settings";
import { announcement } from "../maths/words";
import { DisagreementNote } from "./DisagreementNote";
import { ExamCard } from "./ExamCard";
import { ResultCard } from "./ResultCard";

interface Props {
  films: readonly Film[];
  /** The one whose answer stands here; null where it is that of all of them together. */
  film: Film | null;
  chosen: Choice;
  models: readonly PublishedModel[];
  settings: AnswerSettings;
  onSettings: (settings: AnswerSettings) => void;
}

/** What each chosen model says of the image, or of the exam. */
export function Results({ films, film, chosen, models, settings, onSettings }: Props) {
  const messages = useMessages();
  const { answer } = messages;
  const shown = film ? [film] : films;
  const busy = !shown.every(isSettled);
  // A woman's answer on half of her views would change under the reader's eyes.
  const exams = film || busy || chosen.modality === "histology" ? [] : examReadings(films, chosen.models, models);
  const predictions = film ? answersOf(film, chosen.models) : [];
  const numbers = new Map(films.map(({ id }, index) => [id, index + 1]));
  const opinions = film
    ? predictions.map(({ model, score, reason, operating_point }) =>
        opinionOf(model, score, reason, operating_point, models, settings),
      )
    : exams.map((reading) => opinionOfExam(reading, models, settings, messages));
  const waiting = opinions.length === 0 && busy;

  return (
    <section className="results" aria-labelledby="results" aria-busy={busy}>
      <h2 id="results">{answer.result}</h2>
      {/* Heard in place of the cards, which would be read out from end to end. */}
      <p className="unseen" role="status">
        {busy && shown.length > 0 ? answer.reading : announcement(opinions, messages)}
      </p>
      {opinions.length === 0 && !waiting && (
        <p className="hint">{models.length > 0 && idleSentence(shown, film, chosen, messages)}</p>
      )}
      {waiting &&
        chosen.models.map((reference) => (
          <div className="card waiting" key={reference}>
            <p className="author">{modelOf(models, reference)?.card.title ?? reference}</p>
            <p>{answer.reading}</p>
          </div>
        ))}
      <DisagreementNote opinions={opinions} />
      {predictions.map((prediction) => (
        <ResultCard
          key={prediction.model}
          prediction={prediction}
          model={modelOf(models, prediction.model)}
          settings={settings}
          onSettings={onSettings}
        />
      ))}
      {exams.map((reading) => (
        <ExamCard
          key={reading.model}
          reading={reading}
          model={modelOf(models, reading.model)}
          numbers={numbers}
          settings={settings}
          onSettings={onSettings}
        />
      ))}
    </section>
  );
}

type Told = Opinion & { model: string; reason: string | null };

function opinionOf(
  reference: string,
  score: number | null,
  reason: string | null,
  fallback: Parameters<typeof pointOf>[2],
  models: readonly PublishedModel[],
  settings: AnswerSettings,
): Told {
  const model = modelOf(models, reference);
  return {
    model: reference,
    name: model?.card.title ?? reference,
    positive: model?.positive ?? "",
    score,
    verdict: verdictAt(score, pointOf(model, settings.point, fallback)),
    reason,
  };
}

function opinionOfExam(
  { model, answer, example }: ExamReading,
  models: readonly PublishedModel[],
  settings: AnswerSettings,
  { exam }: Messages,
): Told {
  const { operating_point: point } = example;
  return opinionOf(model, answer.score, exam.noneAssessed, point, models, settings);
}

function idleSentence(
  shown: readonly Film[],
  film: Film | null,
  { models, modality }: Choice,
  { answer, exam }: Messages,
): string {
  if (models.length === 0) return answer.noModel;
  if (shown.length === 0) return answer.before;
  if (shown.some(({ stopped }) => stopped)) return answer.stopped;
  return !film && modality === "histology" ? exam.chooseOne : answer.unjudged;
}
