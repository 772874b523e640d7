import { Fragment } from "react";

import type { OperatingPoint } from "../apiTypes";
import { useMessages } from "../i18n/useMessages";
import type { ExamAnswer, JudgedView } from "../maths/exam";
import { verdictAt } from "../maths/operatingPoints";
import { scoreText } from "../maths/words";

interface Props {
  answer: ExamAnswer;
  point: OperatingPoint;
  numbers: ReadonlyMap<number, number>;
}

/** Every view's score, each breast's mean of them, and the woman's maximum of these. */
export function ExamTable({ answer, point, numbers }: Props) {
  const { exam } = useMessages();
  const view = ({ id, place, prediction }: JudgedView) => (
    <Row
      key={id}
      name={`${place ? exam.places[place] : exam.unplaced} (${exam.image(numbers.get(id) ?? 0)})`}
      score={prediction.score}
      point={point}
    />
  );
  return (
    <table className="exam-scores">
      <caption>{exam.scores}</caption>
      <thead>
        <tr>
          <th scope="col">{exam.view}</th>
          <th scope="col">{exam.score}</th>
          <th scope="col">{exam.atPoint}</th>
        </tr>
      </thead>
      <tbody>
        {answer.breasts.map(({ side, score, views }) => (
          <Fragment key={side}>
            {views.map(view)}
            <Row name={exam.byViews(exam.breasts[side])} score={score} point={point} strong />
          </Fragment>
        ))}
        {answer.unplaced.map(view)}
        <Row name={exam.woman} score={answer.score} point={point} strong />
      </tbody>
    </table>
  );
}

interface RowProps {
  name: string;
  score: number | null;
  point: OperatingPoint;
  strong?: boolean;
}

function Row({ name, score, point, strong = false }: RowProps) {
  const messages = useMessages();
  const { exam } = messages;
  const verdict = verdictAt(score, point);
  return (
    <tr className={strong ? "sum" : undefined}>
      <th scope="row">{name}</th>
      <td>{score === null ? "–" : scoreText(score, messages)}</td>
      <td>
        {verdict === "cannot assess"
          ? exam.cannotAssess
          : verdict === "suspicious"
            ? exam.above
            : exam.below}
      </td>
    </tr>
  );
}
