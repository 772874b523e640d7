import type { PublishedModel } from "../apiTypes";
import { useMessages } from "../i18n/useMessages";
import { summedSteps } from "../maths/exam";
import type { ExamReading } from "../maths/examReading";
import { pointOf } from "../maths/operatingPoints";
import type { AnswerSettings } from "../maths/settings";
import { AnswerCard } from "./AnswerCard";
import { ExamTable } from "./ExamTable";

interface Props {
  reading: ExamReading;
  model: PublishedModel | undefined;
  /** By the id of its film: the number that it is spoken of by. */
  numbers: ReadonlyMap<number, number>;
  settings: AnswerSettings;
  onSettings: (settings: AnswerSettings) => void;
}

/** One model's answer on a woman, from the answers on her views. */
export function ExamCard({ reading, model, numbers, settings, onSettings }: Props) {
  const { exam } = useMessages();
  const { answer, example, missing, failed, uncounted, pending } = reading;
  const point = pointOf(model, settings.point, example.operating_point);
  const [only] = answer.breasts.length === 1 ? answer.breasts : [];
  const images = (ids: readonly number[]) =>
    ids.map((id) => exam.image(numbers.get(id) ?? 0)).join(", ");

  return (
    <AnswerCard
      reference={reading.model}
      precision={example.precision}
      model={model}
      unit="woman"
      score={answer.score}
      reason={exam.noneAssessed}
      reasonInEnglish={false}
      point={point}
      warnings={reading.warnings.map(({ warning, ids }) => `${images(ids)}: ${warning}`)}
      milliseconds={summedSteps(reading.views)}
      settings={settings}
      onSettings={onSettings}
    >
      <ExamTable answer={answer} point={point} numbers={numbers} />
      <ul className="exam-notes">
        {model?.breast_calibrator && answer.breasts.some(({ views }) => views.length > 1) && (
          <li>{exam.ownLine}</li>
        )}
        {only && <li>{exam.oneBreast[only.side]}</li>}
        {missing.length > 0 && (
          <li>{exam.missing(missing.map((place) => exam.places[place]).join(", "))}</li>
        )}
        {answer.unplaced.length > 0 && <li>{exam.placeThem(answer.unplaced.length)}</li>}
        {uncounted > 0 && <li>{exam.uncounted(uncounted)}</li>}
        {failed > 0 && <li>{exam.failed(failed)}</li>}
        {pending > 0 && <li>{exam.pending(pending)}</li>}
      </ul>
    </AnswerCard>
  );
}
