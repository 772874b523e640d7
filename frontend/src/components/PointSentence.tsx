import type { OperatingPoint, PublishedModel } from "../apiTypes";
import { useMessages } from "../i18n/useMessages";
import { figuresAt, type Unit } from "../maths/operatingPoints";
import { interval, scoreText } from "../maths/words";

interface Props {
  model: PublishedModel | undefined;
  point: OperatingPoint;
  /** What the answer is of. */
  unit: Unit;
}

/** The operating point's test figures, of whom they are, and whether they hold for this answer. */
export function PointSentence({ model, point, unit }: Props) {
  const messages = useMessages();
  const { answer, exam } = messages;
  const figures = figuresAt(model, point, unit);
  const tested = model?.modality === "histology" ? "patch" : figures.unit;
  return (
    <>
      <p className="point">
        {answer.pointIs(point.name, scoreText(point.threshold, messages))} {answer.testedOn[tested]}
        : {answer.sensitivity} <strong>{interval(figures.sensitivity, messages)}</strong>,{" "}
        {answer.specificity} <strong>{interval(figures.specificity, messages)}</strong>.
      </p>
      {unit === "woman" && (
        <p className="hint">
          {exam.chosenByImage} {figures.unit !== "woman" && exam.noFiguresByWoman}
        </p>
      )}
    </>
  );
}
