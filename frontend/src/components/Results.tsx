import type { Prediction, PublishedModel } from "../apiTypes";
import { modelOf } from "../maths/models";
import { announcement } from "../maths/words";
import { ResultCard } from "./ResultCard";

interface Props {
  predictions: readonly Prediction[];
  judging: boolean;
  opened: boolean;
  anyChosen: boolean;
  models: readonly PublishedModel[];
}

/** What each chosen model says of the image. */
export function Results({ predictions, judging, opened, anyChosen, models }: Props) {
  const verdicts = new Set(predictions.map((prediction) => prediction.verdict));
  return (
    <section className="results" aria-labelledby="results" aria-busy={judging}>
      <h2 id="results">Result</h2>
      {/* Heard in place of the cards, which would be read out from end to end. */}
      <p className="unseen" role="status">
        {judging ? "The models are reading." : announcement(predictions)}
      </p>
      {predictions.length === 0 && <p className="hint">{models.length > 0 && waiting(judging, opened, anyChosen)}</p>}
      {verdicts.size > 1 && <p className="disagreement">The models do not agree.</p>}
      {predictions.map((prediction) => (
        <ResultCard
          key={prediction.model}
          prediction={prediction}
          model={modelOf(models, prediction.model)}
        />
      ))}
    </section>
  );
}

function waiting(judging: boolean, opened: boolean, anyChosen: boolean): string {
  if (!anyChosen) return "Choose at least one model to have a verdict.";
  if (judging) return "The models are reading…";
  return opened ? "No model has judged this image." : "The verdict will stand here.";
}
