import type { OperatingPoint, Prediction, PublishedModel } from "../apiTypes";
import {
  calibrationSentence,
  chanceSentence,
  detection,
  interval,
  scoreText,
  verdictSentence,
} from "../maths/words";
import { ScoreLine } from "./ScoreLine";

interface Props {
  prediction: Prediction;
  model: PublishedModel | undefined;
}

/** One model's verdict first, then the score and how far both can be trusted. */
export function ResultCard({ prediction, model }: Props) {
  const { score, operating_point: point, warnings } = prediction;
  const word = detection(prediction);
  // Beside every answer of such a model, before whatever the image itself gives cause for.
  const chance = score === null ? null : chanceSentence(model);
  const cautions = chance ? [chance, ...warnings] : warnings;
  return (
    <article
      className="card"
      data-verdict={prediction.verdict}
      data-model={prediction.model}
      aria-label={`Result of ${prediction.model}`}
    >
      <p className="author">{model?.card.title ?? prediction.model}</p>
      <h3 className="verdict">{verdictSentence(prediction)}</h3>
      {word && (
        <p className="paper">
          In the paper’s words: <em>{word}</em>
        </p>
      )}
      {score !== null && (
        <>
          <p className="score">
            <span>Score</span> <data value={score}>{scoreText(score)}</data>
          </p>
          <ScoreLine score={score} threshold={point.threshold} />
          <PointSentence
            point={point}
            tested={model?.modality === "histology" ? "the test images" : "images of the test women"}
          />
          <p className="hint">{calibrationSentence(model)}</p>
        </>
      )}
      {cautions.length > 0 && (
        <ul className="warnings" aria-label="Warnings">
          {cautions.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
      <p className="provenance">
        <span className="identifier">{prediction.model}</span>
        {Object.entries(prediction.milliseconds).map(([step, milliseconds]) => (
          <span key={step}>
            {step} {Math.round(milliseconds)} ms
          </span>
        ))}
      </p>
    </article>
  );
}

function PointSentence({ point, tested }: { point: OperatingPoint; tested: string }) {
  return (
    <p className="point">
      Operating point <strong>{point.name}</strong>, {scoreText(point.threshold)}. On {tested}:
      sensitivity <strong>{interval(point.sensitivity)}</strong>, specificity{" "}
      <strong>{interval(point.specificity)}</strong>.
    </p>
  );
}
