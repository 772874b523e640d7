import { useMessages } from "../i18n/useMessages";
import { compare, type Opinion } from "../maths/disagreement";
import { scoreText } from "../maths/words";

/** Whether the models say the same of an image, and how far their scores lie apart. */
export function DisagreementNote({ opinions }: { opinions: readonly Opinion[] }) {
  const messages = useMessages();
  const { models } = messages;
  const comparison = compare(opinions);
  if (!comparison) return null;
  const { agree, counts, spread, questions } = comparison;
  const head = agree ? models.agree(opinions.length) : models.disagree;
  const told = counts.map(({ verdict, count }) => models.counts[verdict](count)).join(", ");
  const score = ({ score: value }: Opinion) => scoreText(value ?? 0, messages);
  return (
    <div className="disagreement" data-agree={agree}>
      <p className="head">{models.note(head, told)}</p>
      {spread && (
        <p>
          {models.spread(
            scoreText(spread.difference, messages),
            score(spread.lowest),
            spread.lowest.name,
            score(spread.highest),
            spread.highest.name,
          )}
        </p>
      )}
      {questions.length > 1 && (
        <p>{models.questions(questions.map(models.quoted).join(", "))}</p>
      )}
    </div>
  );
}
