import { type ReactNode, useId } from "react";

import type { OperatingPoint, Precision, PublishedModel } from "../apiTypes";
import { useMessages } from "../i18n/useMessages";
import { calibrationSentence, chanceSentence } from "../maths/modelWords";
import { figuresAt, type Unit, verdictAt } from "../maths/operatingPoints";
import type { AnswerSettings } from "../maths/settings";
import { detection, modelText, pointName, scoreText, verdictSentence } from "../maths/words";
import { Meaning } from "./Meaning";
import { PointSentence } from "./PointSentence";
import { ScoreLine } from "./ScoreLine";

interface Props {
  /** `name@version` */
  reference: string;
  precision: Precision;
  model: PublishedModel | undefined;
  unit: Unit;
  score: number | null;
  /** Why there is no score. */
  reason: string | null;
  /** The reason is the server's own, in English. */
  reasonInEnglish: boolean;
  point: OperatingPoint;
  /** The server's own, in English. */
  warnings: readonly string[];
  milliseconds: Readonly<Record<string, number>>;
  settings: AnswerSettings;
  onSettings: (settings: AnswerSettings) => void;
  /** How the score comes about, where it is that of several views. */
  children?: ReactNode;
}

/** One model's verdict first, then the score and how far both can be trusted. */
export function AnswerCard(props: Props) {
  const { reference, model, unit, score, point, warnings, settings, onSettings } = props;
  const messages = useMessages();
  const { answer } = messages;
  const verdict = verdictAt(score, point);
  const word = detection(verdict, messages);
  const chance = chanceSentence(model, messages);

  return (
    <article
      className="card"
      data-verdict={verdict}
      data-model={reference}
      aria-label={answer.resultOf(reference)}
    >
      <p className="author">{model?.card.title ?? reference}</p>
      <h3 className="verdict" lang={verdict === "cannot assess" && props.reasonInEnglish ? "en" : undefined}>
        {verdictSentence(verdict, props.reason, messages)}
      </h3>
      {word && (
        <p className="paper">
          {answer.paper} <em>{word}</em>
        </p>
      )}
      {score !== null && (
        <>
          <p className="score">
            <span>{answer.score}</span> <data value={score}>{scoreText(score, messages)}</data>
          </p>
          <ScoreLine score={score} threshold={point.threshold} />
          {/* Beside every answer of such a model, before any figure that it might be taken for. */}
          {chance && <p className="chance">{chance}</p>}
        </>
      )}
      {props.children}
      {score !== null && (
        <>
          <PointChoice model={model} point={point} settings={settings} onSettings={onSettings} />
          <PointSentence model={model} point={point} unit={unit} />
          <Meaning
            model={model}
            figures={figuresAt(model, point, unit)}
            verdict={verdict}
            settings={settings}
            onSettings={onSettings}
          />
          <p className="hint">{calibrationSentence(model, messages)}</p>
        </>
      )}
      {warnings.length > 0 && (
        <ul className="warnings" aria-label={answer.warnings}>
          {warnings.map((warning) => (
            <li key={warning} lang="en">
              {warning}
            </li>
          ))}
        </ul>
      )}
      <Provenance
        reference={reference}
        precision={props.precision}
        milliseconds={props.milliseconds}
      />
    </article>
  );
}

interface ChoiceProps {
  model: PublishedModel | undefined;
  point: OperatingPoint;
  settings: AnswerSettings;
  onSettings: (settings: AnswerSettings) => void;
}

function PointChoice({ model, point, settings, onSettings }: ChoiceProps) {
  const messages = useMessages();
  const id = useId();
  const points = model?.operating_points ?? [];
  if (points.length < 2) return null;
  return (
    <div className="point-choice">
      <label htmlFor={id}>{messages.answer.choosePoint}</label>
      <select
        id={id}
        value={point.name}
        onChange={(event) => {
          onSettings({ ...settings, point: event.target.value });
        }}
      >
        {points.map(({ name }) => (
          <option key={name} value={name}>
            {pointName(name, messages)}
          </option>
        ))}
      </select>
    </div>
  );
}

type ProvenanceProps = Pick<Props, "reference" | "precision" | "milliseconds">;

function Provenance({ reference, precision, milliseconds }: ProvenanceProps) {
  const { answer, figures } = useMessages();
  return (
    <p className="provenance">
      <span className="identifier">{modelText(reference, precision)}</span>
      {Object.entries(milliseconds).map(([step, time]) => (
        <span key={step}>
          {answer.steps[step] ?? step} {figures.milliseconds(Math.round(time).toString())}
        </span>
      ))}
    </p>
  );
}
